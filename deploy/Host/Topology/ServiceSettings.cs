using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Host.Engines;
using GroupTherapy.Host.Options;
using GroupTherapy.Host.State;
using Npgsql;

namespace GroupTherapy.Host.Topology;

/// <summary>
/// Writes the settings file of each process: its own settings, and no secret of another process. <c>settings.sample.yaml</c> explains every entry.
/// </summary>
public sealed class ServiceSettings(Layout layout, DataFolder folder, Passwords passwords)
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };

    /// <summary>For one running instance of a service.</summary>
    public string OfService(ServiceKind service, int instance)
    {
        var settings = Common(service, instance, layout.AddressOf(service.Name, instance));
        settings["Database"] = Database(service.Name, service.Name, pool: 40);
        settings["InternalTokens"] = new JsonObject { ["KeySets"] = Array(layout.KeySets) };
        settings["Audit"] = new JsonObject { ["AnchorFile"] = folder.AnchorOf(service.Name) };
        settings["Times"] = JsonSerializer.SerializeToNode(TimeSettings.Resolve(layout.Options));
        if (service == Services.Mails)
        {
            settings["Mail"] = Mail();
        }

        if (service.Name == "room")
        {
            settings["Media"] = layout.Media.Settings();
        }

        return Text(settings);
    }

    /// <summary>For the verb <c>migrate</c>: the same service as the owner of its schema.</summary>
    public string OfMigration(ServiceKind service)
    {
        var settings = Common(service, 1, layout.AddressOf(service.Name, 1));
        settings["Database"] = Database(service.Name, ServiceDatabase.OwnerRole(service.Name), pool: 4);
        settings["Audit"] = new JsonObject { ["AnchorFile"] = folder.AnchorOf(service.Name) };
        return Text(settings);
    }

    /// <summary>The gateway has no database; it listens on the public address and on one that only the services use.</summary>
    public string OfGateway(int instance)
    {
        var settings = Common(Services.Gateway, instance, "");
        settings.Remove("Urls");
        var gateway = new JsonObject
        {
            ["Listen"] = layout.ListenOf(instance),
            ["Internal"] = layout.InternalOf(instance),
            ["Web"] = layout.Web,
        };
        if (layout.Options.Public is { } address)
        {
            gateway["TrustedProxies"] = Array(address.ProxyList());
            if (address.Certificate is not null)
            {
                gateway["Tls"] = new JsonObject { ["Certificate"] = PublicCertificate.FileOf(folder), ["Key"] = PublicCertificate.KeyOf(folder) };
            }
        }

        (settings["Public"], settings["Gateway"]) = (new JsonObject { ["Url"] = layout.PublicUrl }, gateway);
        var services = new JsonObject();
        foreach (var service in Services.WithDatabase)
        {
            services[service.Name] = Array(layout.AddressesOf(service.Name));
        }

        settings["Services"] = services;
        return Text(settings);
    }

    private JsonObject Mail()
    {
        if (layout.Options.Smtp is not { } server)
        {
            return new JsonObject { ["Folder"] = folder.Mail };
        }

        var smtp = new JsonObject
        {
            ["Host"] = server.Host,
            ["Port"] = server.Port,
            ["Security"] = server.Security,
        };
        if (server.PasswordFile is { } file)
        {
            var password = File.Exists(file) ? File.ReadAllText(file).TrimEnd('\r', '\n') : "";
            smtp["User"] = server.User;
            smtp["Password"] =
                password.Length > 0
                    ? password
                    : throw new HostException($"{file} has no password for the mail server.", "Write it there, with mode 0600, or start without --smtp.");
        }

        return new JsonObject
        {
            ["Folder"] = folder.Mail,
            ["From"] = server.From,
            ["Smtp"] = smtp,
        };
    }

    private JsonObject Common(ServiceKind service, int instance, string urls)
    {
        var settings = new JsonObject
        {
            ["Service"] = new JsonObject { ["Name"] = service.Name, ["Instance"] = instance },
            ["Urls"] = urls,
            ["Bus"] = new JsonObject
            {
                ["Host"] = "127.0.0.1",
                ["Port"] = layout.RabbitPort,
                ["Username"] = service.Name,
                ["Password"] = passwords[$"bus/{service.Name}"],
            },
            ["Secrets"] = new JsonObject { ["Directory"] = folder.SecretsOf(service.Name) },
            ["Demo"] = layout.Options.Demo,
        };
        foreach (var asked in Services.WithDatabase.Where(s => service.Asks.Split(' ').Contains(s.Project)))
        {
            settings[asked.Project] = new JsonObject { ["Address"] = layout.AddressOf(asked.Name, 1) };
        }

        if (service.HasKey)
        {
            settings["Service"]!["Key"] = passwords[$"ask/{service.Name}"];
        }

        var askers = Services.WithDatabase.Where(s => s.HasKey && s.Asks.Split(' ').Contains(service.Project)).ToList();
        if (askers.Count > 0)
        {
            settings["Callers"] = new JsonObject(askers.Select(a => KeyValuePair.Create(a.Project, (JsonNode?)passwords[$"ask/{a.Name}"])));
        }

        if (service.MakesLinks)
        {
            settings["Public"] = new JsonObject { ["Url"] = layout.PublicUrl };
        }

        if (service.UsesRedis)
        {
            settings["Redis"] = new JsonObject { ["Connection"] = layout.Redis.Connection };
        }

        return settings;
    }

    private JsonObject Database(string database, string role, int pool) =>
        new()
        {
            ["Connection"] = new NpgsqlConnectionStringBuilder
            {
                Host = "127.0.0.1",
                Port = layout.Postgres.Port,
                Database = database,
                Username = role,
                Password = passwords[$"db/{role}"],
                MaxPoolSize = pool,
                // Rows may hold what people wrote; an error's detail would carry them into logs.
                IncludeErrorDetail = false,
            }.ConnectionString,
        };

    private static JsonArray Array(IEnumerable<string> values) => new([.. values.Select(v => (JsonNode)v)]);

    private static string Text(JsonObject settings) => settings.ToJsonString(Format) + "\n";
}
