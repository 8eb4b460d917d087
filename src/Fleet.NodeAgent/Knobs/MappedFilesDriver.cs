using Fleet.Core.Knobs;
using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent.Knobs;

/// <summary>A knob whose value is one text in each of some files that all have to agree.</summary>
/// <param name="files">The host.</param>
/// <param name="name">The driver's name.</param>
/// <param name="knob">The knob's name.</param>
/// <param name="scale">The knob's scale.</param>
/// <param name="map">Where the files are and what their texts mean.</param>
internal sealed class MappedFilesDriver(IHostFiles files, string name, string knob, KnobScale scale, IFileMap map) : IKnobDriver
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public KnobCost Cost => KnobCost.Hint;

    /// <inheritdoc/>
    public IReadOnlyList<KnobDescription> Describe()
    {
        try
        {
            IReadOnlyList<string> paths = map.Paths(files);
            if (paths.Count == 0)
            {
                return [KnobDescription.Absent(knob, map.Missing)];
            }

            long[] legal = [.. paths.Select(p => map.Legal(files, p)).Aggregate((a, b) => a.Intersect(b)).Distinct().Order()];
            if (legal.Length == 0)
            {
                return [KnobDescription.Absent(knob, $"'{paths[0]}' offers no value that this agent knows")];
            }

            long?[] now = [.. paths.Select(p => map.Value(p, files.Read(p).Trim())).Distinct()];
            string? obstacle = files.WriteObstacle(paths[0]);
            return
            [
                new(
                    new Knob(knob, [.. legal], scale), obstacle is null ? KnobAvailability.Available : KnobAvailability.ReadOnly,
                    obstacle ?? "", now.Length == 1 ? now[0] : null),
            ];
        }
        catch (KnobException e)
        {
            return [KnobDescription.Absent(knob, e.Message)];
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Snapshot() => map.Paths(files).ToDictionary(map.Place, files.Read);

    /// <inheritdoc/>
    public void Apply(IReadOnlyDictionary<string, long> values)
    {
        foreach (string path in map.Paths(files))
        {
            Write(path, map.Text(files, path, values[knob]) + "\n");
        }
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, string> snapshot)
    {
        foreach (string path in map.Paths(files))
        {
            if (snapshot.TryGetValue(map.Place(path), out string? text))
            {
                Write(path, text);
            }
        }
    }

    /// <inheritdoc/>
    public string Identity() => string.Join(',', map.Paths(files).Select(map.Place));

    private void Write(string path, string text)
    {
        if (files.Read(path) == text)
        {
            return;
        }

        files.Write(path, text);
        string found = files.Read(path).Trim();
        if (found != text.Trim() && map.Value(path, found) != map.Value(path, text.Trim()))
        {
            throw new KnobException($"'{path}': wrote {text.Trim()}, reads back {found}");
        }
    }
}
