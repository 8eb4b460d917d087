using System.Buffers.Binary;
using System.Security.Cryptography;
using Fleet.Core.Routing;

namespace Fleet.Core.Tests.Routing;

public class Md5Tests
{
    [Fact]
    public void Equals_the_platforms_digest_for_every_length_of_a_key()
    {
        byte[] data = new byte[300];
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = (byte)(i * 37);
        }

        for (int length = 0; length <= data.Length; length++)
        {
            byte[] expected = MD5.HashData(data.AsSpan(0, length));
            (uint a, uint b, uint c, uint d) = Md5.Hash(data.AsSpan(0, length));
            uint[] words = [a, b, c, d];
            for (int i = 0; i < 4; i++)
            {
                words[i].ShouldBe(BinaryPrimitives.ReadUInt32LittleEndian(expected.AsSpan(i * 4)), $"length {length}, word {i}");
            }
        }
    }
}
