namespace Fleet.Controller.Storage;

/// <summary>Folders of the documents; the names are on disks and never change.</summary>
internal static class DocumentKinds
{
    /// <summary>What operators asked of pools.</summary>
    public const string Pools = "pools";

    /// <summary>What pools learned.</summary>
    public const string PoolStates = "pool-states";

    /// <summary>The proxies.</summary>
    public const string Proxies = "proxies";

    /// <summary>Answers to writes that carried a request id.</summary>
    public const string Requests = "requests";

    /// <summary>The controller itself.</summary>
    public const string Controller = "controller";
}
