using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Fleet.Proxy.Native;

namespace Fleet.Proxy.Tls;

/// <summary>
/// Carries bytes between an encrypted connection and the loop's end of a socket pair, both ways, each way ending by itself. A side that does
/// not take its bytes stops the other from being read, so what waits is bounded by one buffer and the sockets' own. Idle connections hold
/// no buffer.
/// </summary>
internal static class TlsPump
{
    private const int BufferBytes = 32 * 1024;
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>Runs until both directions have ended, then closes both sides.</summary>
    /// <param name="remote">The encrypted connection's socket.</param>
    /// <param name="tls">The same, authenticated.</param>
    /// <param name="local">The loop's other end.</param>
    /// <param name="eachWayEnds">The loop may listen on when it has sent its last, as a tunnel does; else its end is the connection's.</param>
    /// <param name="time">Clock.</param>
    /// <param name="cancel">Cuts the connection.</param>
    public static async Task RunAsync(
        Socket remote, SslStream tls, Socket local, bool eachWayEnds, TimeProvider time, CancellationToken cancel)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task<bool> inwards = InwardsAsync(tls, local, pause.Token, eachWayEnds ? cancel : pause.Token);
        try
        {
            await OutwardsAsync(local, tls, cancel).ConfigureAwait(false);

            // The library keeps a read apart from a write, but not from the farewell: both at once would use one OpenSSL connection from
            // two threads, which corrupts the process's memory. So the reader rests meanwhile.
            await pause.CancelAsync().ConfigureAwait(false);
            bool rests = await inwards.ConfigureAwait(false);
            await tls.ShutdownAsync().ConfigureAwait(false);
            remote.Shutdown(SocketShutdown.Send);
            if (eachWayEnds && rests && Listens(local))
            {
                await ListenOnAsync(tls, local, time, cancel).ConfigureAwait(false);
                return;
            }

            // What the other side still sends would make the system reset the connection before it has read the last bytes.
            using var late = new CancellationTokenSource(Farewell, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
            await DiscardAsync(tls, both.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (IsEnd(e))
        {
            // Either side is gone; the other learns it by the closing below.
        }
        finally
        {
            local.Dispose();
            remote.Dispose();
            await inwards.ConfigureAwait(false);
            await tls.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>True for what a connection's end, a handshake that fails and the proxy's own stop look like.</summary>
    public static bool IsEnd(Exception e) => e is IOException or SocketException or ObjectDisposedException or OperationCanceledException
        or AuthenticationException or TimeoutException or InvalidOperationException;

    /// <summary>
    /// Carries what the other side sends to the loop; true when told to rest before it ended. What has been read is the loop's before that.
    /// </summary>
    private static async Task<bool> InwardsAsync(SslStream tls, Socket local, CancellationToken rest, CancellationToken cut)
    {
        try
        {
            int count;
            bool taken = true;
            do
            {
                _ = await tls.ReadAsync(Memory<byte>.Empty, rest).ConfigureAwait(false);
                byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
                try
                {
                    count = await tls.ReadAsync(buffer, rest).ConfigureAwait(false);

                    // When the loop has closed, the rest is read all the same: unread bytes would make the system reset the connection,
                    // and the last reply be lost with it.
                    taken = taken && await TrySendAsync(local, buffer.AsMemory(0, count), cut).ConfigureAwait(false);
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            }
            while (count > 0);
            local.Shutdown(SocketShutdown.Send);
        }
        catch (OperationCanceledException) when (!cut.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception e) when (IsEnd(e))
        {
            // A connection that broke is no end of input: the loop must not answer what came before as if the client waited. (A reader that
            // rests for the farewell of a loop that does not listen on has nobody to tell.)
            local.Dispose();
        }

        return false;
    }

    /// <summary>The loop has sent its last and gets what still comes, until the other side has ended too or the loop is gone.</summary>
    private static async Task ListenOnAsync(SslStream tls, Socket local, TimeProvider time, CancellationToken cancel)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task<bool> inwards = InwardsAsync(tls, local, gone.Token, gone.Token);
        using var timer = new PeriodicTimer(LookInterval, time);
        while (await Task.WhenAny(inwards, timer.WaitForNextTickAsync(cancel).AsTask()).ConfigureAwait(false) != inwards
            && !cancel.IsCancellationRequested && Listens(local))
        {
            // A loop that leaves a silent connection is noticed at the next look.
        }

        await gone.CancelAsync().ConfigureAwait(false);
        await inwards.ConfigureAwait(false);
    }

    /// <summary>Whether the loop still has its end; one that has only stopped sending does. (A message of no bytes tells, and is not seen.)</summary>
    private static unsafe bool Listens(Socket local) =>
        !local.SafeHandle.IsClosed && Libc.Send((int)local.Handle, null, 0, Libc.MsgNoSignal) == 0;

    private static async Task OutwardsAsync(Socket local, SslStream tls, CancellationToken cancel)
    {
        int count;
        do
        {
            _ = await local.ReceiveAsync(Memory<byte>.Empty, cancel).ConfigureAwait(false);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
            try
            {
                count = await local.ReceiveAsync(buffer, cancel).ConfigureAwait(false);
                if (count > 0)
                {
                    await tls.WriteAsync(buffer.AsMemory(0, count), cancel).ConfigureAwait(false);
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
        while (count > 0);
    }

    private static async Task DiscardAsync(SslStream tls, CancellationToken cancel)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (await tls.ReadAsync(buffer, cancel).ConfigureAwait(false) > 0)
            {
                // The loop has said its last word to this connection and takes nothing more.
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<bool> TrySendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await socket.SendAsync(bytes, cancel).ConfigureAwait(false)..];
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
