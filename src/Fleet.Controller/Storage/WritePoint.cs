namespace Fleet.Controller.Storage;

/// <summary>Points of one durable write where a crash must leave either the old document or the new one.</summary>
internal enum WritePoint
{
    /// <summary>Nothing is written yet.</summary>
    Begin,

    /// <summary>The temporary file holds half of the bytes.</summary>
    HalfWritten,

    /// <summary>The temporary file holds all bytes, perhaps only in memory.</summary>
    Written,

    /// <summary>The temporary file is on the disk.</summary>
    Flushed,

    /// <summary>The temporary file has the document's name.</summary>
    Renamed,

    /// <summary>The folder is on the disk too.</summary>
    Durable,
}
