using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent.Knobs;

/// <summary>Where a knob's files are and what their texts mean.</summary>
internal interface IFileMap
{
    /// <summary>Why there is no file, when there is none.</summary>
    string Missing { get; }

    /// <summary>The files, in a stable order.</summary>
    IReadOnlyList<string> Paths(IHostFiles files);

    /// <summary>A file's stable name in the journal.</summary>
    string Place(string path);

    /// <summary>The values that the file takes.</summary>
    IEnumerable<long> Legal(IHostFiles files, string path);

    /// <summary>The text of a legal value.</summary>
    string Text(IHostFiles files, string path, long value);

    /// <summary>The value of a text; null when it is none of the knob's.</summary>
    long? Value(string path, string text);
}
