using System.Diagnostics;
using GroupTherapy.Host.Engines;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Deploy.Tests;

/// <summary>UDP ports of media servers of several deployments on one machine.</summary>
public sealed class MediaPortsTests
{
    [Fact]
    public async Task A_deployment_keeps_clear_of_the_ports_of_media_servers_that_run_and_are_not_its_own()
    {
        var folder = Directory.CreateTempSubdirectory("gt-media-ports-").FullName;
        var (program, settings) = (Path.Combine(folder, "janus"), Path.Combine(folder, "janus.jcfg"));
        var before = MediaPorts.Choose(0, []);
        // Its last node reaches into the block.
        await File.WriteAllTextAsync(settings, $"media: {{\n rtp_port_range = \"{before + 8000}-{before + 8999}\"\n}}");
        await File.WriteAllTextAsync(program, "#!/bin/sh\nread forever\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var janus = Process.Start(new ProcessStartInfo(program, ["-F", folder, "-C", settings]) { RedirectStandardInput = true })!;
        try
        {
            await Eventually.Async(() => MediaPorts.Choose(before, []) != before, () => "the ports of another deployment were taken");
            Assert.Equal(before, MediaPorts.Choose(before, [folder]));
        }
        finally
        {
            janus.StandardInput.Close();
            await janus.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }
    }
}
