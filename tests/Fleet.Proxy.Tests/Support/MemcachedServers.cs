namespace Fleet.Proxy.Tests.Support;

/// <summary>Several real memcached, ended together.</summary>
internal sealed class MemcachedServers(IReadOnlyList<MemcachedServer> all) : IDisposable
{
    public IReadOnlyList<MemcachedServer> All { get; } = all;

    public static async Task<IReadOnlyList<MemcachedServer>> StartAsync(int count)
    {
        var servers = new List<MemcachedServer>();
        for (int i = 0; i < count; i++)
        {
            servers.Add(await MemcachedServer.StartAsync());
        }

        return servers;
    }

    public void Dispose()
    {
        foreach (MemcachedServer server in All)
        {
            server.Dispose();
        }
    }
}
