using System.Net;
using System.Net.Http.Json;

namespace GroupTherapy.Web.Tests;

/// <summary>The people of one evening, made through the API: a facilitator, and members at home in Tampa and Albany with a seat.</summary>
public sealed record Cast(Evening Evening, Person Lead, string LeadEmail, string Tampa, string Albany)
{
    /// <param name="policies">The group's; those of its practice when left out.</param>
    public static async Task<Cast> TonightAsync(Deployment deployment, object? policies = null)
    {
        var operators = await Person.SignInAsync(deployment, "operator@demo.test");
        var lead = await Person.NewFacilitatorAsync(deployment, operators);
        var evening = await Evening.TonightAsync(operators, lead.Id, policies: policies);
        var members = await Task.WhenAll(MemberAsync(deployment, evening, "Tampa", "FL"), MemberAsync(deployment, evening, "Albany", "NY"));
        return new Cast(evening, lead, (string)lead.Me["email"]!, members[0], members[1]);
    }

    private static async Task<string> MemberAsync(Deployment deployment, Evening evening, string city, string state)
    {
        var email = $"{Guid.CreateVersion7():N}@demo.test";
        using (var register = await deployment.Anonymous().PostAsJsonAsync("/api/identity/register", new { email, password = Person.Password }))
        {
            Assert.Equal(HttpStatusCode.OK, register.StatusCode);
        }

        var person = await Person.SignInAsync(deployment, email);
        await person.SendAsync(
            HttpMethod.Put,
            "/api/me/profile",
            new
            {
                legalName = "Somebody New",
                dateOfBirth = "1988-02-29",
                phone = "+1 212 555 0100",
                residence = new
                {
                    line1 = "1 Main Street",
                    city,
                    state,
                    postalCode = "10001",
                    country = "US",
                },
                emergencyContact = new
                {
                    name = "A Friend",
                    phone = "+1 212 555 0101",
                    relation = "friend",
                },
            }
        );
        await person.SeatAsync(evening.Group);
        return email;
    }
}
