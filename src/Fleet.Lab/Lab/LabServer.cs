using System.Net;

namespace Fleet.Lab.Lab;

/// <summary>One server of the lab as it is now.</summary>
/// <param name="Index">1 to N.</param>
/// <param name="Id">Node id: <c>s1</c>, <c>s2</c>, …</param>
/// <param name="Namespace">Network namespace.</param>
/// <param name="Endpoint">Where memcached listens.</param>
/// <param name="MemcachedPid">Pid of memcached; null when it does not run.</param>
/// <param name="AgentListen">The agent's address, <c>unix:/…</c>.</param>
/// <param name="AgentPid">Pid of the agent; null when it does not run.</param>
/// <param name="NapiThreadPid">Pid of the NAPI thread of the server's device; null when polling is not threaded.</param>
/// <param name="JournalPath">The agent's journal.</param>
/// <param name="BusyPollControl">The file through which the agent switches the server's busy polling.</param>
public sealed record LabServer(
    int Index,
    string Id,
    string Namespace,
    IPEndPoint Endpoint,
    int? MemcachedPid,
    string AgentListen,
    int? AgentPid,
    int? NapiThreadPid,
    string JournalPath,
    string BusyPollControl)
{
    /// <summary>Whether the server answers as far as its processes tell.</summary>
    public bool Running => MemcachedPid is not null;
}
