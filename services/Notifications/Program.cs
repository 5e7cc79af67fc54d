return await GroupTherapy.Notifications.NotificationsApp.RunAsync(args);
