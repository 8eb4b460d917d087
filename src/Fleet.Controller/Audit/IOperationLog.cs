namespace Fleet.Controller.Audit;

/// <summary>Keeps what operators asked, for people who ask who did what.</summary>
internal interface IOperationLog
{
    /// <summary>Adds a write; its id is set here.</summary>
    void Add(OperationRecord operation);

    /// <summary>The writes that the filter takes, newest first.</summary>
    IEnumerable<OperationRecord> Newest(Func<OperationRecord, bool> filter);
}
