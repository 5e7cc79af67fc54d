using System.Net;
using System.Net.Sockets;
using GroupTherapy.Host.Cli;
using GroupTherapy.Host.Engines;
using GroupTherapy.Host.Options;
using GroupTherapy.Host.Startup;
using GroupTherapy.Host.State;
using GroupTherapy.Host.Topology;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Deploy.Tests;

/// <summary>What a data folder remembers, what each process is told, and what counts as other sources.</summary>
public sealed class FolderTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    private readonly DataFolder folder = new(Engines.Folder("data"));

    public FolderTests() => folder.Create();

    [Fact]
    public async Task Ports_are_remembered_and_picked_anew_only_when_a_stranger_has_taken_one()
    {
        var first = await PortsAsync(("postgres", false), ("redis", false));
        Assert.NotEqual(first["postgres"], first["redis"]);

        var second = await PortsAsync(("postgres", false), ("redis", false));
        Assert.Equal((first["postgres"], first["redis"]), (second["postgres"], second["redis"]));

        using var taken = new TcpListener(IPAddress.Loopback, first["redis"]);
        taken.Start();
        var ours = await PortsAsync(("redis", true));
        Assert.Equal(first["redis"], ours["redis"]);
        var third = await PortsAsync(("postgres", false), ("redis", false));
        Assert.Equal(first["postgres"], third["postgres"]);
        Assert.NotEqual(first["redis"], third["redis"]);
    }

    [Fact]
    public async Task A_remembered_port_that_the_gateway_shall_have_is_given_up()
    {
        var first = await PortsAsync(("redis", false));

        var ports = Ports.Read(folder);
        await ports.EnsureAsync(folder, [("redis", false)], avoid: [first["redis"]], Ct);

        Assert.NotEqual(first["redis"], ports["redis"]);
    }

    [Fact]
    public void In_a_closed_home_the_engines_data_goes_to_a_place_of_its_own_for_good()
    {
        var (home, shelter) = (Engines.Folder("home"), Engines.Folder("shelter"));
        var open = new DataFolder(Path.Combine(home, ".run"));
        open.Create();
        Assert.Null(open.MoveEnginesIfShutOut(shelter));
        Assert.Equal(open.Root, open.EnginesRoot);

        File.SetUnixFileMode(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var moved = open.MoveEnginesIfShutOut(shelter);

        Assert.Equal(home, moved?.Closed);
        Assert.StartsWith(shelter, open.EnginesRoot, StringComparison.Ordinal);
        Assert.StartsWith(open.EnginesRoot, new DataFolder(open.Root).PlaceOf("postgres").Data, StringComparison.Ordinal);
        Assert.StartsWith(open.Root, open.PlaceOf("postgres").LogFile, StringComparison.Ordinal);
        Assert.Null(open.MoveEnginesIfShutOut(shelter));
    }

    [Fact]
    public async Task Passwords_are_made_once_and_only_their_owner_reads_them()
    {
        var first = await Passwords.EnsureAsync(folder, ["postgres", "redis"], Ct);
        var second = await Passwords.EnsureAsync(folder, ["postgres", "redis", "bus/room"], Ct);

        Assert.Equal(first["postgres"], second["postgres"]);
        Assert.Equal(32, second["bus/room"].Length);
        Assert.NotEqual(second["postgres"], second["redis"]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.PasswordsFile));
    }

    [Fact]
    public async Task Each_process_gets_its_own_secrets_only()
    {
        var (layout, passwords) = await LayoutAsync(new RunOptions());
        var settings = new Dictionary<string, string> { ["gateway"] = layout.Settings.OfGateway(1) };
        foreach (var service in Services.WithDatabase)
        {
            settings[service.Name] = layout.Settings.OfService(service, 1);
        }

        foreach (var (reader, text) in settings)
        {
            foreach (var other in settings.Keys.Where(other => other != reader))
            {
                Assert.DoesNotContain(passwords[$"bus/{other}"], text, StringComparison.Ordinal);
                Assert.DoesNotContain(Path.Combine("secrets", other), text, StringComparison.Ordinal);
            }

            foreach (var service in Services.WithDatabase)
            {
                Assert.Equal(service.Name == reader, text.Contains(passwords[$"db/{service.Name}"], StringComparison.Ordinal));
                Assert.DoesNotContain(passwords[$"db/{service.Name}_owner"], text, StringComparison.Ordinal);
            }

            Assert.DoesNotContain(passwords["postgres"], text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(passwords["redis"], settings["identity"], StringComparison.Ordinal);
        Assert.Contains(passwords["redis"], settings["room"], StringComparison.Ordinal);
        Assert.Contains(passwords["db/room_owner"], layout.Settings.OfMigration(Services.WithDatabase.Single(s => s.Name == "room")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_gateways_settings_do_not_name_redis()
    {
        var (layout, passwords) = await LayoutAsync(new RunOptions());

        var settings = layout.Settings.OfGateway(1);

        Assert.DoesNotContain("redis", settings, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(passwords["redis"], settings, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_room_nodes_have_ports_of_their_own_and_the_gateway_knows_both()
    {
        var options = ((Up)Arguments.Parse(["up", "--scale", "room=2", "--set", "facilitator-grace=3"])).Options;
        var (layout, _) = await LayoutAsync(options);

        var addresses = layout.AddressesOf("room").ToList();
        Assert.Equal(2, addresses.Distinct().Count());
        Assert.All(addresses, address => Assert.Contains(address, layout.Settings.OfGateway(1), StringComparison.Ordinal));
        Assert.Equal(["room-1", "room-2"], layout.Programs.Where(p => p.Name == "room").Select(p => p.Id));
        Assert.Contains("\"FacilitatorGrace\": 3", layout.Settings.OfService(Services.WithDatabase.Single(s => s.Name == "room"), 2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_sources_are_another_release_and_build_output_is_none()
    {
        var root = Engines.Folder("checkout");
        Directory.CreateDirectory(Path.Combine(root, "services", "Room", "obj"));
        var source = Path.Combine(root, "services", "Room", "Room.cs");
        await File.WriteAllTextAsync(source, "one", Ct);
        var first = await Release.StampAsync(root, Ct);

        await File.WriteAllTextAsync(Path.Combine(root, "services", "Room", "obj", "x.json"), "{}", Ct);
        Assert.Equal(first, await Release.StampAsync(root, Ct));

        await File.WriteAllTextAsync(source, "two", Ct);
        Assert.NotEqual(first, await Release.StampAsync(root, Ct));
    }

    private async Task<Ports> PortsAsync(params (string Name, bool Ours)[] names)
    {
        var ports = Ports.Read(folder);
        await ports.EnsureAsync(folder, names, avoid: [], Ct);
        return ports;
    }

    private async Task<(Layout Layout, Passwords Passwords)> LayoutAsync(RunOptions options)
    {
        var ports = await PortsAsync([.. Layout.PortsOf(folder, options).Select(p => (p.Port, false))]);
        var passwords = await Passwords.EnsureAsync(folder, Layout.PasswordNames(), Ct);
        return (new Layout(folder, options, ports, passwords, "/release"), passwords);
    }
}
