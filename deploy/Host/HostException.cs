namespace GroupTherapy.Host;

/// <summary>A failure that the person at the terminal can act on: what went wrong, and what to do about it.</summary>
public sealed class HostException(string what, string todo) : Exception($"{what}\n{todo}")
{
    public string What => what;
    public string Todo => todo;
}
