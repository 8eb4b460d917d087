using System.Globalization;
using System.Runtime.InteropServices;
using Fleet.Controller.Storage;

namespace Fleet.Controller.Victim;

/// <summary>
/// A writer without its controller, for tests that kill it: <c>FOLDER POINT WRITE</c> writes one document again and again, says each number
/// that was acknowledged, and kills itself at the point of that write.
/// </summary>
internal static partial class Program
{
    private const int Kill = 9;

    /// <summary>The document.</summary>
    internal static readonly DocumentKey Key = new("things", "one");

    private static async Task<int> Main(string[] args)
    {
        var point = Enum.Parse<WritePoint>(args[1]);
        int last = int.Parse(args[2], CultureInfo.InvariantCulture);
        int writing = 0;
        var store = new FileStore(args[0], at =>
        {
            if (at == point && writing == last)
            {
                _ = Send(Environment.ProcessId, Kill);
            }
        });
        string? etag = null;
        while (true)
        {
            writing++;
            etag = await store.WriteAsync(Key, new Written(writing, new string('x', 10_000)), etag, default);
            Console.WriteLine(writing);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int pid, int signal);
}
