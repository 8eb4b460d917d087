namespace Fleet.Controller.Audit;

/// <summary>One write that somebody asked for, done or refused.</summary>
/// <param name="Id">Grows with time; unique at its controller.</param>
/// <param name="At">When it was answered.</param>
/// <param name="Actor">Name of the client's certificate; without TLS "local".</param>
/// <param name="Role">"viewer", "operator" or "admin".</param>
/// <param name="Peer">Address of the client.</param>
/// <param name="Method">Method of the admin API.</param>
/// <param name="PoolId">The pool that it was about; empty when none.</param>
/// <param name="NodeId">The node that it was about; empty when none.</param>
/// <param name="ProxyId">The proxy that it was about; empty when none.</param>
/// <param name="RequestId">The caller's request id; empty when none.</param>
/// <param name="Outcome">"OK" or the canonical status of the refusal.</param>
/// <param name="Detail">Why it was refused; empty when it was done.</param>
/// <param name="RequestJson">The request; it holds no secret.</param>
/// <param name="ResourceVersion">Version of the changed resource after the write; empty when there is none.</param>
/// <param name="PoolSpecJson">The pool's spec after the write when the write changed it; empty otherwise.</param>
internal sealed record OperationRecord(
    long Id,
    DateTimeOffset At,
    string Actor,
    string Role,
    string Peer,
    string Method,
    string PoolId,
    string NodeId,
    string ProxyId,
    string RequestId,
    string Outcome,
    string Detail,
    string RequestJson,
    string ResourceVersion,
    string PoolSpecJson)
{
    /// <summary>Outcome of a write that was done.</summary>
    public const string Done = "OK";
}
