namespace GroupTherapy.Host;

/// <summary>A failure that the person at the terminal can act on: the fault, and the remedy.</summary>
public sealed class HostException(string what, string todo) : Exception($"{what}\n{todo}")
{
    public string What => what;
    public string Todo => todo;
}
