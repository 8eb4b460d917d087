using System.Text;

namespace Grpc.Core;

public sealed partial class Metadata
{
    /// <summary>One key with its text or bytes.</summary>
    public sealed class Entry
    {
        private readonly string? _value;
        private readonly byte[]? _bytes;

        /// <summary>A text entry.</summary>
        /// <param name="key">Legal characters: a-z, 0-9, '_', '-', '.'; upper case is lowered.</param>
        /// <param name="value">Printable ASCII.</param>
        public Entry(string key, string value)
        {
            Key = Normalise(key);
            if (IsBinary)
            {
                throw new ArgumentException($"metadata key '{key}' ends in -bin, so its value is bytes", nameof(key));
            }

            _value = CheckText(key, value);
        }

        /// <summary>A binary entry.</summary>
        /// <param name="key">A key that ends in "-bin".</param>
        /// <param name="valueBytes">Any bytes; copied.</param>
        public Entry(string key, byte[] valueBytes)
        {
            ArgumentNullException.ThrowIfNull(valueBytes);
            Key = Normalise(key);
            if (!IsBinary)
            {
                throw new ArgumentException($"metadata key '{key}' does not end in -bin, so its value is text", nameof(key));
            }

            _bytes = (byte[])valueBytes.Clone();
        }

        /// <summary>The key in lower case.</summary>
        public string Key { get; }

        /// <summary>True when the key ends in "-bin".</summary>
        public bool IsBinary => Key.EndsWith(BinaryHeaderSuffix, StringComparison.Ordinal);

        /// <summary>The text. An error for a binary entry.</summary>
        public string Value => _value
            ?? throw new InvalidOperationException($"metadata key '{Key}' is binary; read ValueBytes");

        /// <summary>A copy of the bytes, or the text as ASCII.</summary>
        public byte[] ValueBytes => _bytes is null ? Encoding.ASCII.GetBytes(_value!) : (byte[])_bytes.Clone();

        /// <summary>Key and value for people.</summary>
        public override string ToString() => IsBinary
            ? $"[Entry: key={Key}, valueBytes={Convert.ToHexString(_bytes!)}]"
            : $"[Entry: key={Key}, value={_value}]";

        private static string Normalise(string key)
        {
            ArgumentNullException.ThrowIfNull(key);
            string lower = key.ToLowerInvariant();
            foreach (char c in lower)
            {
                if (c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '_' or '-' or '.'))
                {
                    throw new ArgumentException($"metadata key '{key}' has a character outside a-z, 0-9, '_', '-' and '.'", nameof(key));
                }
            }

            return lower.Length > 0 ? lower : throw new ArgumentException("metadata key is empty", nameof(key));
        }

        private static string CheckText(string key, string value)
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (char c in value)
            {
                if (c is < ' ' or > '~')
                {
                    throw new ArgumentException(
                        $"value of metadata key '{key}' has a character outside printable ASCII; use a key that ends in -bin",
                        nameof(value));
                }
            }

            return value;
        }
    }
}
