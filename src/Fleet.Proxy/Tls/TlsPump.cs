using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

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

    /// <summary>Runs until both directions have ended, then closes both sides.</summary>
    public static async Task RunAsync(Socket remote, SslStream tls, Socket local, TimeProvider time, CancellationToken cancel)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task inwards = InwardsAsync(tls, local, pause.Token);
        try
        {
            await OutwardsAsync(local, tls, cancel).ConfigureAwait(false);

            // The library keeps a read apart from a write, but not from the farewell: both at once would use one OpenSSL connection from
            // two threads, which corrupts the process's memory. So the reader rests meanwhile.
            await pause.CancelAsync().ConfigureAwait(false);
            await inwards.ConfigureAwait(false);
            await tls.ShutdownAsync().ConfigureAwait(false);
            remote.Shutdown(SocketShutdown.Send);

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

    private static async Task InwardsAsync(SslStream tls, Socket local, CancellationToken cancel)
    {
        try
        {
            int count;
            bool taken = true;
            do
            {
                _ = await tls.ReadAsync(Memory<byte>.Empty, cancel).ConfigureAwait(false);
                byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
                try
                {
                    count = await tls.ReadAsync(buffer, cancel).ConfigureAwait(false);

                    // When the loop has closed, the rest is read all the same: unread bytes would make the system reset the connection,
                    // and the last reply be lost with it.
                    taken = taken && await TrySendAsync(local, buffer.AsMemory(0, count), cancel).ConfigureAwait(false);
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            }
            while (count > 0);
            local.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (IsEnd(e))
        {
            // A connection that broke is no end of input: the loop must not answer what came before as if the client waited. (A reader that
            // rests for the farewell has no loop to tell.)
            local.Dispose();
        }
    }

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
