using System.Collections.Frozen;

namespace GroupTherapy.Gateway.PersonalData;

/// <summary>
/// The words of <see cref="ExportPage"/>, English and Spanish. What people or rules wrote stays as it was written; a name without words of its own is split
/// into its parts.
/// </summary>
internal sealed class ExportTexts
{
    private static readonly ExportTexts English = new("en", "My data", "Collected {0}. Times are UTC.", "Nothing.", "Yes", "No", n => n.English);
    private static readonly ExportTexts Spanish = new("es", "Mis datos", "Reunidos el {0}. Las horas son UTC.", "Nada.", "Sí", "No", n => n.Spanish);

    private readonly Func<Name, string> _word;

    private ExportTexts(string language, string title, string collected, string nothing, string yes, string no, Func<Name, string> word)
    {
        (Language, Title, Collected, Nothing, Yes, No) = (language, title, collected, nothing, yes, no);
        _word = word;
    }

    public string Language { get; }

    public string Title { get; }

    /// <summary>With a place for the time.</summary>
    public string Collected { get; }

    public string Nothing { get; }

    public string Yes { get; }

    public string No { get; }

    /// <summary>The first of the wishes that is a language of ours; English without one.</summary>
    /// <param name="wishes">Language tags, like <c>es-MX</c>; null where there is no wish.</param>
    public static ExportTexts For(params IEnumerable<string?> wishes) =>
        wishes
            .Select(w => w?.Split('-')[0].ToLowerInvariant())
            .FirstOrDefault(w => w is "en" or "es") == "es"
            ? Spanish
            : English;

    /// <summary>What a service, a section or a field is called.</summary>
    public string Of(string name) => Names.TryGetValue(name, out var known) ? _word(known) : Split(name);

    /// <summary>Whether a name has words of its own.</summary>
    public static bool Knows(string name) => Names.ContainsKey(name);

    // signIns: Sign ins
    private static string Split(string name) =>
        string.Concat(
            name.Select(
                (c, i) =>
                    i == 0 ? $"{char.ToUpperInvariant(c)}"
                    : char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}"
                    : $"{c}"
            )
        );

    private sealed record Name(string English, string Spanish);

    private static readonly FrozenDictionary<string, Name> Names = new Dictionary<string, Name>
    {
        ["identity"] = new("Your account", "Tu cuenta"),
        ["enrollment"] = new("Seats and licensing", "Plazas y licencias"),
        ["scheduling"] = new("Groups and calendar", "Grupos y calendario"),
        ["room"] = new("Sessions", "Sesiones"),
        ["notifications"] = new("Mails to you", "Correos para ti"),
        ["account"] = new("Account", "Cuenta"),
        ["memberships"] = new("Roles", "Funciones"),
        ["signIns"] = new("Where you signed in", "Dónde iniciaste sesión"),
        ["passkeys"] = new("Passkeys", "Claves de acceso"),
        ["mails"] = new("Mails", "Correos"),
        ["externalLogins"] = new("Sign-ins by others", "Inicios de sesión de terceros"),
        ["record"] = new("What the record says", "Lo que dice el registro"),
        ["profile"] = new("About you", "Sobre ti"),
        ["residences"] = new("Where you lived", "Dónde viviste"),
        ["seats"] = new("Seats and requests", "Plazas y solicitudes"),
        ["consents"] = new("What you agreed to", "Lo que aceptaste"),
        ["intakes"] = new("First talks", "Primeras entrevistas"),
        ["decisions"] = new("Licensing decisions", "Decisiones sobre licencias"),
        ["overrides"] = new("Cases that an operator decided", "Casos que decidió la consulta"),
        ["groups"] = new("Groups", "Grupos"),
        ["calendarAddress"] = new("Calendar link", "Enlace del calendario"),
        ["sessions"] = new("Sessions", "Sesiones"),
        ["messages"] = new("What you wrote", "Lo que escribiste"),
        ["disclosures"] = new("Who looked at your details", "Quién vio tus datos"),
        ["groupsOpenedInEmergencies"] = new("Groups you opened in an emergency", "Grupos que abriste en una emergencia"),
        ["breakGlass"] = new("Emergency access from outside the group", "Acceso de emergencia desde fuera del grupo"),
        ["wishes"] = new("What you wish for", "Lo que prefieres"),
        ["id"] = new("Number", "Número"),
        ["email"] = new("E-mail", "Correo electrónico"),
        ["displayName"] = new("Name", "Nombre"),
        ["secondFactor"] = new("Second factor", "Segundo factor"),
        ["createdAt"] = new("Since", "Desde"),
        ["practice"] = new("Practice", "Consulta"),
        ["role"] = new("Role", "Función"),
        ["since"] = new("Since", "Desde"),
        ["startedAt"] = new("From", "Desde"),
        ["endsAt"] = new("Until", "Hasta"),
        ["revokedAt"] = new("Ended", "Terminada"),
        ["device"] = new("Device", "Dispositivo"),
        ["name"] = new("Name", "Nombre"),
        ["kind"] = new("Kind", "Tipo"),
        ["address"] = new("Address", "Dirección"),
        ["issuer"] = new("Where", "Dónde"),
        ["subject"] = new("Number there", "Número allí"),
        ["linkedAt"] = new("Since", "Desde"),
        ["at"] = new("When", "Cuándo"),
        ["act"] = new("Act", "Acto"),
        ["legalName"] = new("Name in your papers", "Nombre en tus documentos"),
        ["dateOfBirth"] = new("Date of birth", "Fecha de nacimiento"),
        ["phone"] = new("Phone", "Teléfono"),
        ["timeZone"] = new("Time zone", "Zona horaria"),
        ["language"] = new("Language", "Idioma"),
        ["contactName"] = new("Emergency contact", "Contacto de emergencia"),
        ["contactPhone"] = new("Their phone", "Su teléfono"),
        ["contactRelation"] = new("Who they are to you", "Qué es de ti"),
        ["updatedAt"] = new("Changed", "Cambiado"),
        ["jurisdiction"] = new("State or territory", "Estado o territorio"),
        ["line1"] = new("Street and number", "Calle y número"),
        ["city"] = new("City", "Ciudad"),
        ["state"] = new("State", "Estado"),
        ["postalCode"] = new("ZIP code", "Código postal"),
        ["country"] = new("Country", "País"),
        ["evidence"] = new("Evidence", "Prueba"),
        ["recordedAt"] = new("Recorded", "Registrado"),
        ["groupId"] = new("Number of the group", "Número del grupo"),
        ["groupName"] = new("Group", "Grupo"),
        ["status"] = new("Status", "Estado"),
        ["endReason"] = new("Why it ended", "Por qué terminó"),
        ["note"] = new("Note", "Nota"),
        ["changedAt"] = new("Changed", "Cambiado"),
        ["enrollmentId"] = new("Number of the seat", "Número de la plaza"),
        ["document"] = new("Document", "Documento"),
        ["version"] = new("Version", "Versión"),
        ["title"] = new("Title", "Título"),
        ["givenAt"] = new("Agreed", "Aceptado"),
        ["doneOn"] = new("Day", "Día"),
        ["point"] = new("Occasion", "Ocasión"),
        ["sessionId"] = new("Number of the session", "Número de la sesión"),
        ["outcome"] = new("Answer", "Respuesta"),
        ["ruleSet"] = new("Rule set", "Reglas"),
        ["reasons"] = new("Reasons", "Motivos"),
        ["citation"] = new("source", "fuente"),
        ["code"] = new("code", "código"),
        ["rule"] = new("rule", "regla"),
        ["text"] = new("Text", "Texto"),
        ["expiresAt"] = new("Until", "Hasta"),
        ["askedAt"] = new("Asked", "Pedido"),
        ["confirmedAt"] = new("Since", "Desde"),
        ["endedAt"] = new("Ended", "Terminado"),
        ["startsAt"] = new("Start", "Comienzo"),
        ["alias"] = new("Name in the room", "Nombre en la sala"),
        ["attestedAt"] = new("Told where you were", "Dijiste dónde estabas"),
        ["alone"] = new("Alone", "A solas"),
        ["by"] = new("By", "Por"),
        ["given"] = new("What was shown", "Qué se mostró"),
        ["quietFrom"] = new("Quiet from", "Silencio desde"),
        ["quietTo"] = new("Quiet until", "Silencio hasta"),
        ["off"] = new("Switched off", "Desactivados"),
    }.ToFrozenDictionary();
}
