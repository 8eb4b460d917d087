using Fleet.Hosting.Security;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Tls;

namespace Fleet.Proxy.Yarp;

/// <summary>The certificates of one HTTP pool. Those of connections that are there stay; the next ones use what is in force then.</summary>
internal sealed class HttpIdentities(PoolIdentities all)
{
    private volatile TlsIdentity? _clients;
    private volatile TlsIdentity? _servers;

    /// <summary>What clients are shown; null: they speak plain text.</summary>
    public TlsIdentity? Clients => _clients;

    /// <summary>What servers are shown and whom they must be; null: they speak plain text.</summary>
    public TlsIdentity? Servers => _servers;

    /// <summary>Takes a pool's certificates.</summary>
    public void Know(PoolDefinition pool)
    {
        _clients = pool.ClientTls is { } clients ? all.ForClients(clients) : null;
        _servers = pool.ServerTls is { } servers ? all.ForClients(servers) : null;
    }
}
