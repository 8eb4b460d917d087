using System.Buffers.Binary;

namespace Fleet.Proxy.Protocol;

/// <summary>
/// Cuts the binary protocol into requests: span in, request out, no state. Layout (memcached protocol_binary.h), big-endian:
/// <code>
/// magic 0x80 | opcode | key length (2) | extras length | data type | vbucket (2) | body length (4) | opaque (4) | unique (8)
/// body: extras, key, value
/// </code>
/// </summary>
/// <param name="maxValueBytes">A larger value is refused.</param>
/// <param name="wholeValueBytes">A larger value is not waited for: its bytes follow the request.</param>
internal readonly ref struct BinaryParser(int maxValueBytes, int wholeValueBytes = int.MaxValue)
{
    /// <summary>First byte of every request, and of a connection that speaks this protocol.</summary>
    public const byte Magic = 0x80;

    /// <summary>Bytes of a header.</summary>
    public const int Header = 24;

    /// <summary>Longest body of an operation that stores nothing, bytes: names, credentials.</summary>
    private const int MaxOther = 4096;

    private const int MaxMechanism = 32;

    /// <summary>Parses the first request of the input; false when more input is needed first.</summary>
    public bool TryParse(ReadOnlySpan<byte> input, out BinaryRequest request)
    {
        request = default;
        if (input.IsEmpty || (input[0] == Magic && input.Length < Header))
        {
            return false;
        }

        if (input[0] != Magic)
        {
            (request.Problem, request.Close, request.Consumed) = (BinaryStatus.Internal, true, input.Length);
            return true;
        }

        request.Opcode = (BinaryOpcode)input[1];
        request.Opaque = BinaryPrimitives.ReadUInt32BigEndian(input[12..]);
        request.Unique = BinaryPrimitives.ReadUInt64BigEndian(input[16..]);
        (request.Operation, request.Quiet) = Loud(request.Opcode);
        int key = BinaryPrimitives.ReadUInt16BigEndian(input[2..]);
        int extras = input[4];
        uint body = BinaryPrimitives.ReadUInt32BigEndian(input[8..]);
        request.Consumed = Header;
        Check(ref request, key, extras, body);
        if (request.Problem is not (BinaryStatus.Ok or BinaryStatus.TooLarge))
        {
            request.Swallow = request.Close ? 0 : body;
            return true;
        }

        bool streams = !request.Evict && body - extras - key > wholeValueBytes;
        int needed = Header + (request.Evict || streams ? extras + key : (int)body);
        if (input.Length < needed)
        {
            return false;
        }

        request.Extras = input.Slice(Header, extras);
        request.Key = input.Slice(Header + extras, key);
        request.Value = input[(Header + extras + key)..needed];
        request.Consumed = needed;
        request.Swallow = request.Evict ? body - extras - key : 0;
        request.StreamBytes = streams ? body - extras - key : 0;
        return true;
    }

    private void Check(ref BinaryRequest request, int key, int extras, uint body)
    {
        if (extras + key > body)
        {
            (request.Problem, request.Close) = (BinaryStatus.UnknownCommand, true);
            return;
        }

        long value = (long)body - extras - key;
        bool stores = Stores(request.Operation);
        switch (Legal(request.Operation, key, extras, value))
        {
            case null:
                request.Problem = BinaryStatus.UnknownCommand;
                break;
            case false:
                (request.Problem, request.Close) = (BinaryStatus.Invalid, true);
                break;
            default:
                request.Evict = stores && value > maxValueBytes;
                request.Problem = request.Evict ? BinaryStatus.TooLarge : BinaryStatus.Ok;
                break;
        }
    }

    /// <summary>True for operations with a value of any length.</summary>
    public static bool Stores(BinaryOpcode operation) =>
        operation is BinaryOpcode.Set or BinaryOpcode.Add or BinaryOpcode.Replace or BinaryOpcode.Append or BinaryOpcode.Prepend;

    /// <summary>Whether the lengths fit the operation; null for an operation that is not known.</summary>
    private static bool? Legal(BinaryOpcode operation, int key, int extras, long value)
    {
        bool named = key is > 0 and <= Words.MaxKey;
        return operation switch
        {
            BinaryOpcode.Get or BinaryOpcode.GetK or BinaryOpcode.Delete => named && extras == 0 && value == 0,
            BinaryOpcode.Set or BinaryOpcode.Add or BinaryOpcode.Replace => named && extras == 8,
            BinaryOpcode.Append or BinaryOpcode.Prepend => named && extras == 0,
            BinaryOpcode.Increment or BinaryOpcode.Decrement => named && extras == 20 && value == 0,
            BinaryOpcode.Touch or BinaryOpcode.Gat or BinaryOpcode.GatK => named && extras == 4 && value == 0,
            BinaryOpcode.Noop or BinaryOpcode.Version or BinaryOpcode.Quit or BinaryOpcode.SaslList =>
                key == 0 && extras == 0 && value == 0,
            BinaryOpcode.Flush => key == 0 && extras is 0 or 4 && value == 0,
            BinaryOpcode.Stat => key <= Words.MaxKey && extras == 0 && value == 0,
            BinaryOpcode.Verbosity => key == 0 && extras == 4 && value == 0 ? true : null,
            BinaryOpcode.SaslAuth or BinaryOpcode.SaslStep => key is > 0 and <= MaxMechanism && extras == 0 && value <= MaxOther,
            _ => null,
        };
    }

    private static (BinaryOpcode Operation, bool Quiet) Loud(BinaryOpcode opcode) => opcode switch
    {
        BinaryOpcode.GetQ => (BinaryOpcode.Get, true),
        BinaryOpcode.GetKQ => (BinaryOpcode.GetK, true),
        >= BinaryOpcode.SetQ and <= BinaryOpcode.DecrementQ => (opcode - BinaryOpcode.SetQ + BinaryOpcode.Set, true),
        BinaryOpcode.QuitQ => (BinaryOpcode.Quit, true),
        BinaryOpcode.FlushQ => (BinaryOpcode.Flush, true),
        BinaryOpcode.AppendQ => (BinaryOpcode.Append, true),
        BinaryOpcode.PrependQ => (BinaryOpcode.Prepend, true),
        BinaryOpcode.GatQ => (BinaryOpcode.Gat, true),
        BinaryOpcode.GatKQ => (BinaryOpcode.GatK, true),
        _ => (opcode, false),
    };
}
