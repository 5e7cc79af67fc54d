return await GroupTherapy.Identity.IdentityApp.RunAsync(args);
