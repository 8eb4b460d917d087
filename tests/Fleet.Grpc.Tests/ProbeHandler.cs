using Fleet.Grpc.Tests.Protos;
using Google.Protobuf;
using Grpc.Core;

namespace Fleet.Grpc.Tests;

/// <summary>Does what the requests ask, and notes what it saw of its call.</summary>
public sealed class ProbeHandler(ProbeLog log) : ProbeService.ProbeServiceBase, IDisposable
{
    public override async Task<ProbeReply> Unary(ProbeRequest request, ServerCallContext context)
    {
        log.Calls.Enqueue(context);
        context.ResponseTrailers.Add("seen-host", context.Host);
        context.ResponseTrailers.Add("seen-peer", context.Peer);
        await EchoMetadataAsync(context);
        await HangAsync(request, context);
        End(request, context);
        return Reply(request, 0);
    }

    public override async Task ServerStream(ProbeRequest request, IServerStreamWriter<ProbeReply> responseStream, ServerCallContext context)
    {
        log.Calls.Enqueue(context);
        for (int i = 0; i < request.Count; i++)
        {
            await responseStream.WriteAsync(Reply(request, i));
        }

        await HangAsync(request, context);
        End(request, context);
    }

    public override async Task<ProbeReply> ClientStream(IAsyncStreamReader<ProbeRequest> requestStream, ServerCallContext context)
    {
        log.Calls.Enqueue(context);
        var texts = new List<string>();
        await foreach (ProbeRequest request in requestStream.ReadAllAsync())
        {
            texts.Add(request.Text);
            await HangAsync(request, context);
            End(request, context);
        }

        return new ProbeReply { Text = string.Join(",", texts), Index = texts.Count };
    }

    public override async Task Duplex(
        IAsyncStreamReader<ProbeRequest> requestStream, IServerStreamWriter<ProbeReply> responseStream, ServerCallContext context)
    {
        log.Calls.Enqueue(context);
        int index = 0;
        await foreach (ProbeRequest request in requestStream.ReadAllAsync())
        {
            await responseStream.WriteAsync(Reply(request, index++));
            await HangAsync(request, context);
            End(request, context);
        }
    }

    public void Dispose() => log.CountDisposed();

    // Headers named echo-* come back as headers, those named trail-* as trailers.
    private static async Task EchoMetadataAsync(ServerCallContext context)
    {
        var headers = new Metadata();
        foreach (Metadata.Entry entry in context.RequestHeaders)
        {
            if (entry.Key.StartsWith("echo-", StringComparison.Ordinal))
            {
                headers.Add(entry);
            }
            else if (entry.Key.StartsWith("trail-", StringComparison.Ordinal))
            {
                context.ResponseTrailers.Add(entry);
            }
        }

        if (headers.Count > 0)
        {
            await context.WriteResponseHeadersAsync(headers);
        }
    }

    private static ProbeReply Reply(ProbeRequest request, int index) => new()
    {
        Text = request.Text,
        Index = index,
        Padding = ByteString.CopyFrom(new byte[request.PaddingBytes]),
    };

    private static void End(ProbeRequest request, ServerCallContext context)
    {
        switch (request.StatusCode)
        {
            case 0:
                return;
            case -1:
                throw new InvalidDataException("secret /etc/path");
            default:
                throw new RpcException(new Status((StatusCode)request.StatusCode, request.Text), new Metadata { { "why", "asked" } });
        }
    }

    private async Task HangAsync(ProbeRequest request, ServerCallContext context)
    {
        if (!request.Hang)
        {
            return;
        }

        var cancelled = new TaskCompletionSource();
        using var registration = context.CancellationToken.Register(cancelled.SetResult);
        log.Hanging.TrySetResult();
        await cancelled.Task;
        log.CountCancelled();
        context.CancellationToken.ThrowIfCancellationRequested();
    }
}
