namespace Fleet.Lab.Load;

/// <summary>A request that waits for its answer.</summary>
/// <param name="DueAt">Clock ticks at which it was due; its latency counts from there.</param>
/// <param name="SentAt">Clock ticks at which it was sent; its time-out counts from there.</param>
/// <param name="Item">Which key.</param>
/// <param name="IsStore">Whether it stores instead of reads.</param>
internal readonly record struct PendingRequest(long DueAt, long SentAt, int Item, bool IsStore);
