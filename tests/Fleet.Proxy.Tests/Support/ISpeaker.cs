namespace Fleet.Proxy.Tests.Support;

/// <summary>A client of one protocol, as far as a load needs it.</summary>
internal interface ISpeaker : IDisposable
{
    /// <summary>Stores; null when that went well, else what the proxy said.</summary>
    Task<string?> SetAsync(string key, string value);

    /// <summary>The value; null for a miss.</summary>
    Task<string?> GetAsync(string key);
}
