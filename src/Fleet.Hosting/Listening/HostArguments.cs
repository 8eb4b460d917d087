namespace Fleet.Hosting.Listening;

/// <summary>What the web host inside a service is told.</summary>
internal static class HostArguments
{
    /// <summary>No watch over settings files: a service has its options already, and the watch reads the whole working folder.</summary>
    internal static readonly string[] NoFiles = ["--hostBuilder:reloadConfigOnChange=false"];
}
