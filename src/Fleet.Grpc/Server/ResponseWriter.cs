using Fleet.Grpc.Wire;
using Grpc.Core;

namespace Fleet.Grpc.Server;

/// <summary>The responses of a call at its server.</summary>
/// <typeparam name="T">Response message.</typeparam>
internal sealed class ResponseWriter<T>(ServerCall call, Marshaller<T> marshaller) : IServerStreamWriter<T>
    where T : class
{
    private int _writing;

    public WriteOptions? WriteOptions
    {
        get => call.WriteOptions;
        set => call.WriteOptions = value;
    }

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (Interlocked.Exchange(ref _writing, 1) == 1)
        {
            throw new InvalidOperationException("Can't write the message because the previous write is in progress.");
        }

        try
        {
            WriteFlags flags = WriteOptions?.Flags ?? default;
            bool gzip = call.CompressesResponses && !flags.HasFlag(WriteFlags.NoCompress);
            ReadOnlyMemory<byte> frame = MessageFrame.Write(marshaller, message, gzip, call.MaxSendBytes);
            using var linked = cancellationToken.CanBeCanceled
                ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, call.CancellationToken)
                : null;
            await call.WriteAsync(frame, !flags.HasFlag(WriteFlags.BufferHint), linked?.Token ?? call.CancellationToken)
                .ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _writing, 0);
        }
    }
}
