using System.Collections.Concurrent;
using Fleet.Hosting.Security;
using Fleet.Proxy.Engine;
using Microsoft.Extensions.Logging;

namespace Fleet.Proxy.Tls;

/// <summary>One identity per set of files, however many pools and changes name it: each looks at its files by itself.</summary>
internal sealed class PoolIdentities(ProxyEngine engine, TimeProvider time, ILogger logger)
{
    private readonly ConcurrentDictionary<TlsFiles, TlsIdentity> _identities = [];
    private readonly ConcurrentDictionary<TlsFiles, TlsDialer> _dialers = [];

    /// <summary>What clients of a pool are shown.</summary>
    public TlsIdentity ForClients(TlsFiles files) => _identities.GetOrAdd(files, f => TlsIdentity.Load(f, time, logger));

    /// <summary>The way to the nodes of a pool; null: plain text.</summary>
    public TlsDialer? ForServers(TlsFiles? files) =>
        files is null ? null : _dialers.GetOrAdd(files, f => engine.Dialer(ForClients(f)));
}
