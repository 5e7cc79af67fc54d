return await GroupTherapy.Gateway.GatewayApp.RunAsync(args);
