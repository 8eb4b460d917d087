using Fleet.Proxy.Handover;
using Fleet.Proxy.Native;

namespace Fleet.Proxy.Engine;

/// <summary>
/// How a client is let go without losing a request. Handed over: the connection goes to another process between two requests, with what has
/// been read of the next one. Drained: every request that has arrived is answered, then the proxy ends its side and drops what still comes;
/// none of that is carried out, so whoever sent it may send it again elsewhere.
/// </summary>
internal sealed partial class ClientConnection
{
    private Action<Handed>? _handOver;
    private bool _parting;
    private bool _draining;

    /// <summary>The proxy has said all and ended its side; the client has not ended its own yet.</summary>
    public bool IsLingering { get; private set; }

    /// <summary>Answers what has arrived, then closes in a way that no reply is lost.</summary>
    public void Drain()
    {
        (_parting, _draining) = (true, true);
        MarkDirty();
    }

    /// <summary>Carries out nothing more; gives the connection away once every reply of this client has been written.</summary>
    /// <param name="take">Takes the connection, on this loop's thread.</param>
    public void HandOver(Action<Handed> take)
    {
        (_parting, _handOver, _paused) = (true, take, false);
        MarkDirty();
    }

    /// <summary>Becomes what the client was in the process that handed it over.</summary>
    public void Resume(ClientState state)
    {
        (IsAuthenticated, _sawInput, _binary, _swallow) = (state.IsAuthenticated, state.SawInput, state.IsBinary, state.Swallow);
        _input.Append(state.Input);
        Process();
    }

    private void ForgetParting() => (_handOver, _parting, _draining, IsLingering) = (null, false, false, false);

    /// <summary>All is said: gives the connection away, or ends this side when nothing more has arrived. False when the client goes on.</summary>
    private bool Part()
    {
        if (_handOver is { } take)
        {
            byte[] input = _input.Data.ToArray();
            take(new ClientState(Pool.Published.PoolId, IsAuthenticated, _sawInput, _binary, _swallow, input, _loop.Detach(this)));
            Forget();
            return true;
        }

        if (_draining)
        {
            // What arrived before the look belongs to the requests that are answered.
            Read(broken: false);
            if (_dirty && (InFlight > 0 || Slots.Count > 0 || _output.Length > 0 || _input.Length > 0 || _endOfInput || _broken))
            {
                return false;
            }

            _draining = false;
            IsLingering = true;
            _ = Libc.Shutdown(Fd, SocketCalls.EndWriting);
        }

        return false;
    }
}
