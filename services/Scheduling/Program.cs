return await GroupTherapy.Scheduling.SchedulingApp.RunAsync(args);
