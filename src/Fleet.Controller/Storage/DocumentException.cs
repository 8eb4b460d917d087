namespace Fleet.Controller.Storage;

/// <summary>A document cannot be used as it lies there; it is left untouched for its owner to look at.</summary>
internal sealed class DocumentException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>The document changed since the writer read it.</summary>
internal sealed class EtagMismatchException(DocumentKey key, string? expected, string? actual)
    : Exception($"document {key}: etag is {actual ?? "absent"}, the writer expected {expected ?? "absent"}; read it again and retry");
