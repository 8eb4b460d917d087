using Fleet.Core.Routing;

namespace Fleet.Proxy.Engine;

/// <summary>One key of a get of many.</summary>
internal struct MultiGetKey
{
    /// <summary>No further key.</summary>
    public const int None = -1;

    /// <summary>Bytes of a key whose owner has not come to it.</summary>
    public const int Owed = -1;

    /// <summary>Where it is in the text of the keys.</summary>
    public KeySpan Span;

    /// <summary>Which part of the retrieval its owner has.</summary>
    public int Part;

    /// <summary>The next key of the same owner; <see cref="None"/> after the last.</summary>
    public int Next;

    /// <summary>Bytes of its value with line and line end; 0 for none, <see cref="Owed"/> before that is known.</summary>
    public int Bytes;
}
