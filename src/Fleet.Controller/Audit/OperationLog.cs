using System.Text.Json;
using Fleet.Controller.Storage;
using Microsoft.Extensions.Logging;

namespace Fleet.Controller.Audit;

/// <summary>
/// Writes of operators in a bounded ring and in a file with one JSON object per line, synced per line. The file turns over at 32 MiB and one
/// older file is kept; a restart reads both.
/// </summary>
/// <param name="directory">Folder of the files; created when needed.</param>
/// <param name="logger">Says when a line could not be written: operating goes on without it.</param>
internal sealed partial class OperationLog(string directory, ILogger logger) : IOperationLog
{
    /// <summary>Writes kept in memory.</summary>
    internal const int RingCapacity = 10_000;

    private const long TurnOverBytes = 32 << 20;

    private readonly Lock _gate = new();
    private LinkedList<OperationRecord>? _ring;

    private string Current => Path.Combine(directory, "operations.jsonl");

    private string Older => Current + ".1";

    /// <inheritdoc/>
    public void Add(OperationRecord operation)
    {
        lock (_gate)
        {
            LinkedList<OperationRecord> ring = Ring();
            long last = ring.First?.Value.Id ?? 0;
            OperationRecord kept = operation with { Id = Math.Max(last + 1, operation.At.ToUnixTimeMilliseconds() * 1000) };
            ring.AddFirst(kept);
            if (ring.Count > RingCapacity)
            {
                ring.RemoveLast();
            }

            try
            {
                Append(JsonSerializer.SerializeToUtf8Bytes(kept, DocumentJson.Line));
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                WriteFailed(logger, Current, failure.Message);
            }
        }
    }

    /// <inheritdoc/>
    public IEnumerable<OperationRecord> Newest(Func<OperationRecord, bool> filter)
    {
        lock (_gate)
        {
            return [.. Ring().Where(filter)];
        }
    }

    private LinkedList<OperationRecord> Ring() =>
        _ring ??= new(Read(Older).Concat(Read(Current)).TakeLast(RingCapacity).Reverse());

    private static IEnumerable<OperationRecord> Read(string path) => File.Exists(path)
        ? File.ReadLines(path).Select(Parse).OfType<OperationRecord>()
        : [];

    // The last line is half a line after a crash; it is lost and the rest counts.
    private static OperationRecord? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<OperationRecord>(line, DocumentJson.Line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Append(byte[] line)
    {
        Directory.CreateDirectory(directory);
        if (File.Exists(Current) && new FileInfo(Current).Length > TurnOverBytes)
        {
            File.Move(Current, Older, overwrite: true);
        }

        // A line begins with its line feed: half a line of a crash then spoils itself only.
        using var file = new FileStream(Current, FileMode.Append, FileAccess.Write, FileShare.Read);
        file.Write([(byte)'\n', .. line]);
        file.Flush(flushToDisk: true);
    }

    [LoggerMessage(2021, LogLevel.Warning, "audit file {Path}: {Error}; the entry is kept in memory only")]
    private static partial void WriteFailed(ILogger logger, string path, string error);
}
