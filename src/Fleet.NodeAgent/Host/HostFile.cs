using System.Buffers.Text;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Fleet.NodeAgent.Host;

/// <summary>
/// One file of sysfs or procfs that is read again and again: it stays open and each read starts at its beginning, which the kernel answers
/// with fresh content at a fraction of the cost of opening it. A failed read closes it, so that the next one tries anew. Such files are one
/// record, which the kernel hands over in one piece (Documentation/filesystems/seq_file.rst, single_open; sysfs.rst).
/// </summary>
internal sealed class HostFile(string path) : IDisposable
{
    private byte[] _buffer = new byte[128];
    private SafeFileHandle? _handle;

    internal string Path { get; } = path;

    /// <summary>Why the last read failed; empty when it worked.</summary>
    internal string Problem { get; private set; } = "not read";

    /// <summary>Whether a permission was all that the last read lacked.</summary>
    internal bool Denied { get; private set; }

    /// <summary>The content; empty when it cannot be read. Valid until the next call.</summary>
    internal ReadOnlySpan<byte> Bytes()
    {
        try
        {
            _handle ??= File.OpenHandle(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            int length = 0;
            while (true)
            {
                length += RandomAccess.Read(_handle, _buffer.AsSpan(length), length);
                if (length < _buffer.Length)
                {
                    // Less than there was room for is the end: no second call to hear so.
                    break;
                }

                Array.Resize(ref _buffer, _buffer.Length * 4);
            }

            Problem = length == 0 ? "empty" : "";
            Denied = false;
            return _buffer.AsSpan(0, length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Problem = e.Message;
            Denied = e is UnauthorizedAccessException;
            Dispose();
            return default;
        }
    }

    /// <summary>The content as a whole number not below 0; null when it is none.</summary>
    internal long? Number()
    {
        ReadOnlySpan<byte> text = Bytes().Trim(" \n"u8);
        if (text.Length > 0 && Utf8Parser.TryParse(text, out long value, out int used) && used == text.Length && value >= 0)
        {
            return value;
        }

        if (Problem.Length == 0)
        {
            Problem = $"'{Encoding.ASCII.GetString(text[..Math.Min(text.Length, 40)])}' is no number";
        }

        return null;
    }

    /// <summary>The content as text; null when it cannot be read.</summary>
    internal string? Text()
    {
        ReadOnlySpan<byte> text = Bytes();
        return Problem.Length > 0 ? null : Encoding.UTF8.GetString(text).Trim();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _handle?.Dispose();
        _handle = null;
    }
}
