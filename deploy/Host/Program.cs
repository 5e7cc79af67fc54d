using GroupTherapy.Host;
using GroupTherapy.Host.Cli;
using GroupTherapy.Host.Commands;

// What deploy/up, down, status and test run; each of those is a few lines of shell that build this program and pass their arguments on.
var clock = TimeProvider.System;
var progress = new Progress(Console.Out, clock);
try
{
    switch (Arguments.Parse(args))
    {
        case Up up:
            return await UpCommand.RunAsync(up, args, progress, clock);
        case Down down:
            return await DownCommand.RunAsync(down, progress, clock);
        case Status status:
            return await StatusCommand.RunAsync(status, progress);
        case Check check:
            return await CheckCommand.RunAsync(check, progress, clock);
        case Rotate rotate:
            return await RotateCommand.RunAsync(rotate, progress, clock);
        case Test test:
            return await TestCommand.RunAsync(test, Checkout.Root, progress);
        case AddPractice practice:
            return await AddPracticeCommand.RunAsync(practice, progress);
        case InviteOperator invite:
            return await InviteOperatorCommand.RunAsync(invite, progress);
        case ResetSecondFactor reset:
            return await ResetSecondFactorCommand.RunAsync(reset, progress);
        case Help help:
            progress.Print(help.Text);
            return 0;
        default:
            return 2;
    }
}
catch (UsageException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
catch (HostException e)
{
    Console.Error.WriteLine($"Failed: {e.What}\n{e.Todo}");
    return 1;
}
