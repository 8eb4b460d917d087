namespace Grpc.Core;

/// <summary>Outcome of a call; numbers are those of the gRPC protocol (statuscodes in the gRPC documentation).</summary>
public enum StatusCode
{
    /// <summary>Success.</summary>
    OK = 0,

    /// <summary>The caller gave up.</summary>
    Cancelled = 1,

    /// <summary>An error without a better code, such as an exception in a handler.</summary>
    Unknown = 2,

    /// <summary>The request is wrong whatever the state of the system.</summary>
    InvalidArgument = 3,

    /// <summary>The deadline passed before the call completed.</summary>
    DeadlineExceeded = 4,

    /// <summary>The named entity does not exist.</summary>
    NotFound = 5,

    /// <summary>The entity to create exists.</summary>
    AlreadyExists = 6,

    /// <summary>The caller is known but may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>A quota or size limit is exhausted.</summary>
    ResourceExhausted = 8,

    /// <summary>The system is not in the state that the operation needs.</summary>
    FailedPrecondition = 9,

    /// <summary>A concurrency conflict; the caller reads again and retries at a higher level.</summary>
    Aborted = 10,

    /// <summary>The operation passed the end of a valid range.</summary>
    OutOfRange = 11,

    /// <summary>The method or an encoding is not implemented.</summary>
    Unimplemented = 12,

    /// <summary>An invariant of the transport or the server is broken.</summary>
    Internal = 13,

    /// <summary>The service cannot be reached now; the call may be retried.</summary>
    Unavailable = 14,

    /// <summary>Unrecoverable loss or corruption of data.</summary>
    DataLoss = 15,

    /// <summary>The caller is not known.</summary>
    Unauthenticated = 16,
}
