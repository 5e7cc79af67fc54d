namespace GroupTherapy.Enrollment.Licensing;

/// <summary>The reasons against a credential at an instant.</summary>
internal static class CredentialRules
{
    /// <summary>Adds every defect of a credential in use and tells whether there was one.</summary>
    /// <param name="row">The row of the route that the credential would open.</param>
    public static bool HasDefect(in RouteQuestion question, in ResolvedCredential credential, RowReference row)
    {
        if (credential.IsInForce(question.At))
        {
            return false;
        }

        if (question.Findings is not { } findings)
        {
            return true;
        }

        var (at, place) = (question.At, question.Place);
        if (at >= credential.To)
        {
            findings.Ended = true;
            Add(ReasonCodes.LicenceExpired, "has ended", credential);
        }

        if (at < credential.From)
        {
            Add(ReasonCodes.LicenceNotYetValid, "has not begun yet", credential);
        }

        if (!credential.IsActive)
        {
            Add(ReasonCodes.LicenceInactive, "is not active", credential);
        }

        if (credential.IsEncumbered)
        {
            Add(ReasonCodes.LicenceEncumbered, "is restricted by the board that issued it", credential);
        }

        return true;

        void Add(string code, string state, in ResolvedCredential of) =>
            findings.Against(code, place, of.Issuer, row, Sentences.Credential(of.Kind, of.Issuer.Name, state));
    }

    /// <summary>
    /// How the licences under another route stand: of <paramref name="home"/> where it is given, else of any jurisdiction but the member's place.
    /// One good licence is enough; one that cannot be read leaves the question open.
    /// </summary>
    public static Standing Underlying(in RouteQuestion question, CompiledJurisdiction? home)
    {
        var standing = Standing.Closed;
        foreach (ref readonly var credential in question.Facilitator.Credentials.AsSpan())
        {
            // A state, a district or a territory: a licence from elsewhere is not accepted here.
            var counts = credential.Kind == CredentialKind.Licence && credential.Issuer.IssuesLicences;
            if (!counts || (home is null ? credential.Issuer == question.Place : credential.Issuer != home))
            {
                continue;
            }

            if (!credential.IsInForce(question.At))
            {
                if (question.Findings is { } findings && question.At >= credential.To)
                {
                    findings.Ended = true;
                }

                continue;
            }

            standing = credential.Type switch
            {
                TypeStanding.Independent => Standing.Open,
                TypeStanding.NotUnderstood when standing == Standing.Closed => Standing.Undecided,
                _ => standing,
            };
        }

        return standing;
    }
}

/// <summary>How a route, a facilitator or a whole team stands, from good to bad.</summary>
internal enum Standing
{
    Open,

    /// <summary>Something is disputed or missing, so that a person must look.</summary>
    Undecided,
    Closed,
}

/// <summary>Reasons for and against one facilitator's routes, kept apart until it is known which of them count.</summary>
internal sealed class RouteFindings
{
    /// <summary>Reasons of open routes.</summary>
    public List<Finding> For { get; } = new(2);

    /// <summary>Reasons why routes are not open.</summary>
    public List<Finding> Contra { get; } = new(2);

    /// <summary>Something that authorised before is over.</summary>
    public bool Ended { get; set; }

    /// <summary>A substitute who counts has no open route.</summary>
    public bool SubstituteFails { get; set; }

    /// <summary>The name of an open route's row; names the cover of a series.</summary>
    public RowReference? Cover { get; set; }

    public void Against(string code, CompiledJurisdiction place, CompiledJurisdiction? about, RowReference row, string sentence) =>
        Contra.Add(new Finding(code, place, about, row.Rule, sentence, row.Citation));

    /// <summary>Where the reasons against stand now.</summary>
    public (int Contra, bool Ended) Mark() => (Contra.Count, Ended);

    public void ForgetContraSince((int Contra, bool Ended) mark)
    {
        Contra.RemoveRange(mark.Contra, Contra.Count - mark.Contra);
        Ended = mark.Ended;
    }

    public void Clear()
    {
        For.Clear();
        Contra.Clear();
        Ended = false;
        SubstituteFails = false;
        Cover = null;
    }
}
