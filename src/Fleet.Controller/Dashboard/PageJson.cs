using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Controller.Dashboard;

/// <summary>How the page's data is written: camel case, what is not known left out, never 0.</summary>
internal static class PageJson
{
    /// <summary>The options.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };
}
