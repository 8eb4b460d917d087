namespace Fleet.Proxy.Tests.Support;

/// <summary>A users file that goes with the test.</summary>
internal sealed class UsersFile : IDisposable
{
    public UsersFile(params string[] lines)
    {
        Path = System.IO.Path.GetTempFileName();
        File.WriteAllLines(Path, lines);
    }

    public string Path { get; }

    public void Dispose() => File.Delete(Path);
}
