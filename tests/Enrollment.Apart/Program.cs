using GroupTherapy.Enrollment;
using GroupTherapy.Enrollment.Apart;
using GroupTherapy.Platform.Security;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

// The real service as a process of its own, so that a test can kill it. Settings come as in a deployment, from the file that GT_SETTINGS names.
// Arguments: the clock's file, the public keys of whoever signs internal tokens. What a test waits for is told on standard output.
if (args is not [var clockFile, var keySet])
{
    Console.Error.WriteLine("Usage: CLOCK-FILE KEY-SET");
    return 2;
}

using var clock = HandClock.Open(clockFile);
var app = EnrollmentApp.Build(
    [],
    builder =>
    {
        builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock));
        builder.Services.AddSingleton(new KeyRing([new Uri("http://keys.invalid")], clock, NullLogger.Instance, new Answers(keySet)));
        builder.Services.Configure<LoggerFilterOptions>(o =>
        {
            o.Rules.Clear();
            o.MinLevel = LogLevel.Error;
        });
    }
);
app.Services.GetRequiredService<IBusControl>().ConnectConsumeObserver(new Announces());
app.Lifetime.ApplicationStarted.Register(() =>
    Console.WriteLine($"{Said.Listens} {app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()}")
);
await app.RunAsync();
return 0;
