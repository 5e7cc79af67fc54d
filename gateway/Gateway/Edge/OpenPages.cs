namespace GroupTherapy.Gateway.Edge;

/// <summary>Pages that a service answers itself and that need nothing but their address: a sign-in, valid or not, means nothing there.</summary>
internal static class OpenPages
{
    /// <summary>True for the page that asks whether mails shall stop: its form posts to its own address.</summary>
    public static bool IsForm(PathString path) => path.StartsWithSegments("/api/notifications/unsubscribe");

    /// <summary>True for pages that services write themselves: they load the web client's <c>plain.css</c> and nothing else.</summary>
    public static bool IsStyled(PathString path) => IsForm(path) || path.StartsWithSegments("/api/me/export");
}
