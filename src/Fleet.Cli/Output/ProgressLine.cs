using System.Globalization;

namespace Fleet.Cli.Output;

/// <summary>A progress bar on standard error, when that is a terminal; silent otherwise.</summary>
internal sealed class ProgressLine(TextWriter error, string what) : IDisposable
{
    private const int Width = 40;
    private readonly bool _shown = !Console.IsErrorRedirected && ReferenceEquals(error, Console.Error);
    private readonly Lock _lock = new();
    private int _last = -1;

    /// <summary>Shows a share of 0 to 1; may be called from several threads.</summary>
    public void Set(double share)
    {
        int percent = (int)(Math.Clamp(share, 0, 1) * 100);
        lock (_lock)
        {
            if (!_shown || percent <= _last)
            {
                return;
            }

            _last = percent;
            int full = percent * Width / 100;
            string bar = new string('#', full) + new string('.', Width - full);
            error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{what} [{bar}] {percent,3} %"));
        }
    }

    /// <summary>Removes the bar.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_shown && _last >= 0)
            {
                error.Write($"\r{new string(' ', what.Length + Width + 10)}\r");
                _last = -1;
            }
        }
    }
}
