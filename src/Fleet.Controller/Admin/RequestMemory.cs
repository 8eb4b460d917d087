using System.Security.Cryptography;
using System.Text;
using Fleet.Controller.Grains;
using Fleet.Controller.Storage;
using Google.Protobuf;

namespace Fleet.Controller.Admin;

/// <summary>
/// Remembers the answers to writes that carried a request id: the same id with the same request is answered as the first time, also after
/// a restart and by every controller on the same store. Refusals are not kept: they changed nothing.
/// </summary>
/// <param name="store">Where the answers lie.</param>
/// <param name="time">Clock that ages them.</param>
internal sealed class RequestMemory(IDocumentStore store, TimeProvider time)
{
    /// <summary>How long an answer is kept.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    private const int PruneEvery = 1000;

    // The same id at the same time takes turns; different ids rarely share one.
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1, 1))];
    private int _written;

    /// <summary>The answer that the id was given before, or that of the call.</summary>
    /// <exception cref="FleetFault">The id was used for another request.</exception>
    public async Task<T> OnceAsync<T>(
        string actor, string method, string requestId, IMessage request, MessageParser<T> parser, Func<Task<T>> call, CancellationToken ct)
        where T : class, IMessage<T>
    {
        string id = "r" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{actor}\n{requestId}")))[..40];
        string fingerprint = Convert.ToHexStringLower(SHA256.HashData(request.ToByteArray()));
        SemaphoreSlim turn = _turns[Convert.ToInt32(id[1..5], 16) % _turns.Length];
        await turn.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            var state = new PersistentState<RequestDocument>(store, new DocumentKey(DocumentKinds.Requests, id));
            await state.ReadAsync(ct).ConfigureAwait(false);
            if (state.Value is { } known && time.GetUtcNow() - known.At < Kept)
            {
                return known.Method == method && known.Fingerprint == fingerprint
                    ? parser.ParseFrom(known.Response)
                    : throw new FleetFault(
                        FaultKind.AlreadyExists,
                        $"request_id '{requestId}' was used for another request ({known.Method}); use a new id for a new request",
                        new FieldFault("request_id", requestId, "an id that no other request had within 24 h"));
            }

            T answer = await call().ConfigureAwait(false);
            await state.WriteAsync(new RequestDocument(method, fingerprint, answer.ToByteArray(), time.GetUtcNow()), ct).ConfigureAwait(false);
            if (Interlocked.Increment(ref _written) % PruneEvery == 0)
            {
                await PruneAsync(ct).ConfigureAwait(false);
            }

            return answer;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Deletes answers that are too old.</summary>
    public async Task PruneAsync(CancellationToken ct)
    {
        foreach (string id in await store.ListAsync(DocumentKinds.Requests, ct).ConfigureAwait(false))
        {
            var key = new DocumentKey(DocumentKinds.Requests, id);
            StoredDocument<RequestDocument>? stored = await store.ReadAsync<RequestDocument>(key, ct).ConfigureAwait(false);
            if (stored is not null && time.GetUtcNow() - stored.Value.At >= Kept)
            {
                await store.DeleteAsync(key, ct).ConfigureAwait(false);
            }
        }
    }
}
