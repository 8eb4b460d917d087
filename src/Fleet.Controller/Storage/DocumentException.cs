namespace Fleet.Controller.Storage;

/// <summary>A document cannot be used as it lies there; it is left untouched for its owner to look at.</summary>
internal sealed class DocumentException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>The document changed since the writer read it.</summary>
internal sealed class EtagMismatchException(DocumentKey key, string? expected, string? actual)
    : Exception($"document {key}: etag is {actual ?? "absent"}, the writer expected {expected ?? "absent"}; read it again and retry");

/// <summary>The writer's lease moved to another controller: nothing was written.</summary>
internal sealed class FencedException(DocumentKey key, ulong epoch)
    : Exception($"document {key}: the writer's epoch {epoch} is no longer the pool's; another controller owns it");
