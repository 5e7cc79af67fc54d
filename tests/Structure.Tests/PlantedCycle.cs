// Two folders that depend on each other, a domain type that does I/O: what the checks must find.
namespace GroupTherapy.Structure.Tests.Planted.First
{
    internal sealed class Uses
    {
        public static Second.UsesBack? Other => null;
    }
}

namespace GroupTherapy.Structure.Tests.Planted.Second
{
    internal sealed class UsesBack
    {
        public static First.Uses? Other => null;
    }
}

namespace GroupTherapy.Structure.Tests.Planted.Domain
{
    internal sealed class ReadsTheDatabase
    {
        public static Npgsql.NpgsqlConnection? Connection => null;
    }
}
