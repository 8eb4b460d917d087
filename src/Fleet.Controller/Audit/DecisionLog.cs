using System.Text.Json;
using Fleet.Controller.Storage;
using Fleet.Core.Control;
using Microsoft.Extensions.Logging;

namespace Fleet.Controller.Audit;

/// <summary>
/// Decisions in a bounded ring per pool and in a file with one JSON object per line. The file turns over at 32 MiB and one older file is
/// kept. A ring begins with the end of the file, so a restart forgets nothing recent.
/// </summary>
/// <param name="directory">Folder of the files; created when needed.</param>
/// <param name="logger">Says when a line could not be written: deciding goes on without it.</param>
internal sealed partial class DecisionLog(string directory, ILogger logger) : IDecisionLog
{
    /// <summary>Decisions kept in memory per pool.</summary>
    internal const int RingCapacity = 1000;

    private const long TurnOverBytes = 32 << 20;
    private const int TailBytes = 1 << 19;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedList<DecisionRecord>> _rings = [];

    /// <inheritdoc/>
    public void Add(string poolId, DecisionRecord decision)
    {
        lock (_gate)
        {
            LinkedList<DecisionRecord> ring = RingOf(poolId);
            ring.AddFirst(decision);
            if (ring.Count > RingCapacity)
            {
                ring.RemoveLast();
            }

            try
            {
                Append(PathOf(poolId), JsonSerializer.SerializeToUtf8Bytes(decision, DocumentJson.Line));
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                WriteFailed(logger, PathOf(poolId), failure.Message);
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<DecisionRecord> Latest(string poolId, string? nodeId, int limit)
    {
        lock (_gate)
        {
            return [.. RingOf(poolId).Where(d => nodeId is null || d.NodeId == nodeId).Take(limit)];
        }
    }

    private LinkedList<DecisionRecord> RingOf(string poolId)
    {
        if (!_rings.TryGetValue(poolId, out LinkedList<DecisionRecord>? ring))
        {
            _rings[poolId] = ring = new(ReadTail(PathOf(poolId)).Reverse().Take(RingCapacity));
            EndLastLine(PathOf(poolId));
        }

        return ring;
    }

    private static IEnumerable<DecisionRecord> ReadTail(string path)
    {
        if (!File.Exists(path))
        {
            yield break;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        bool cut = file.Length > TailBytes;
        file.Seek(-Math.Min(file.Length, TailBytes), SeekOrigin.End);
        using var reader = new StreamReader(file);
        if (cut)
        {
            reader.ReadLine();
        }

        while (reader.ReadLine() is { } line)
        {
            DecisionRecord? decision = Parse(line);
            if (decision is not null)
            {
                yield return decision;
            }
        }
    }

    // The last line is half a line after a crash; it is lost and the rest counts.
    private static DecisionRecord? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<DecisionRecord>(line, DocumentJson.Line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void EndLastLine(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        file.Seek(-Math.Min(file.Length, 1), SeekOrigin.End);
        if (file.ReadByte() is not ('\n' or -1))
        {
            file.WriteByte((byte)'\n');
        }
    }

    private void Append(string path, byte[] line)
    {
        Directory.CreateDirectory(directory);
        if (File.Exists(path) && new FileInfo(path).Length > TurnOverBytes)
        {
            File.Move(path, path + ".1", overwrite: true);
        }

        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        file.Write([.. line, (byte)'\n']);
    }

    private string PathOf(string poolId) => Path.Combine(directory, poolId + ".jsonl");

    [LoggerMessage(2020, LogLevel.Warning, "audit file {Path}: {Error}; the decision is kept in memory only")]
    private static partial void WriteFailed(ILogger logger, string path, string error);
}
