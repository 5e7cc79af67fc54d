using System.Net;
using GroupTherapy.Host.Processes;

namespace GroupTherapy.Host.Engines;

/// <summary>
/// Janus offers no media on loopback interfaces. For demonstrations and tests on one machine a small library, preloaded into it, hides that flag of
/// <c>lo</c>. A deployment on a real address does not use it.
/// </summary>
public static class LoopbackShim
{
    private const string Compiler = "/usr/bin/gcc";

    private const string Source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <ifaddrs.h>
        #include <net/if.h>
        #include <string.h>
        int getifaddrs(struct ifaddrs **out) {
            static int (*real)(struct ifaddrs **);
            if (!real) real = (int (*)(struct ifaddrs **))dlsym(RTLD_NEXT, "getifaddrs");
            int rc = real(out);
            if (rc == 0)
                for (struct ifaddrs *i = *out; i; i = i->ifa_next)
                    if (i->ifa_name && !strcmp(i->ifa_name, "lo")) i->ifa_flags &= ~IFF_LOOPBACK;
            return rc;
        }

        """;

    public static bool IsNeeded(string address) => IPAddress.TryParse(address, out var parsed) && IPAddress.IsLoopback(parsed);

    /// <summary>Whether it can be built here.</summary>
    public static bool IsPossible => File.Exists(Compiler);

    /// <returns>The library; null where there is no compiler, and then no call connects on loopback.</returns>
    public static async Task<string?> BuildAsync(string folder, string user, CancellationToken ct)
    {
        if (!IsPossible)
        {
            return null;
        }

        var (source, library) = (Path.Combine(folder, "loopback.c"), Path.Combine(folder, "loopback.so"));
        await SystemUser.WritePrivateAsync(source, Source, user, ct);
        var built = library + ".new";
        await Tool.RunAsync([Compiler, "-shared", "-fPIC", "-O2", "-o", built, source, "-ldl"], ct);
        if (SystemUser.CallerIsRoot)
        {
            await Tool.RunAsync(["/usr/bin/chown", $"{user}:{user}", built], ct);
        }

        File.Move(built, library, overwrite: true);
        return library;
    }
}
