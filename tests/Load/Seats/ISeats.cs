namespace GroupTherapy.Load.Seats;

/// <summary>One of the ways of giving away seats that are compared.</summary>
internal interface ISeats : IAsyncDisposable
{
    string Name { get; }

    Uri Address { get; }

    /// <summary>CPU-seconds of the server process up to now.</summary>
    double Cpu { get; }

    /// <summary>Opens groups that nobody has asked for yet.</summary>
    Task<Guid[]> OpenAsync(int groups, int seats);

    /// <summary>One request each of people who have asked for nothing before, spread over the groups in turn.</summary>
    Task<byte[][]> RequestsAsync(Guid[] groups, int askers);

    /// <summary>Seats in these groups that the database knows somebody in.</summary>
    Task<long> SeatedAsync(Guid[] groups);

    /// <summary>Over all groups: seats beyond capacity, and seats that are counted otherwise than they are held.</summary>
    Task<long> OversoldAsync();

    /// <summary>Waits until nothing is left to do behind the answers.</summary>
    Task SettleAsync();
}
