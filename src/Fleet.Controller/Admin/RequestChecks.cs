using System.Globalization;
using Fleet.Controller.Grains;
using Fleet.Controller.Storage;

namespace Fleet.Controller.Admin;

/// <summary>Checks what every kind of request carries: ids, versions, request ids, reasons.</summary>
internal static class RequestChecks
{
    private const int LongestRequestId = 128;
    private const string VersionRule = "as returned with the resource, or empty";

    /// <summary>The resource version that the caller read; null when it did not say.</summary>
    /// <exception cref="FleetFault">It is none.</exception>
    public static long? Version(string text)
    {
        bool legal = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long version);
        SpecValidation.Require((legal || text.Length == 0, "resource_version", text, VersionRule));
        return text.Length == 0 ? null : version;
    }

    /// <summary>Checks a request id.</summary>
    /// <exception cref="FleetFault">It is too long or not printable.</exception>
    public static void RequestId(string text) => SpecValidation.Require((
        text.Length <= LongestRequestId && text.All(c => c is > ' ' and <= '~'),
        "request_id",
        text.Length <= LongestRequestId ? text : $"{text.Length} characters",
        "1 to 128 printable characters without spaces, or empty"));

    /// <summary>Checks ids that must be there; whether the entity exists is another question.</summary>
    /// <exception cref="FleetFault">Every id that is none.</exception>
    public static void Ids(params (string Field, string Value)[] ids) =>
        SpecValidation.Require([.. ids.Select(i => (EntityId.IsLegal(i.Value), i.Field, (object?)i.Value, EntityId.Rule))]);
}
