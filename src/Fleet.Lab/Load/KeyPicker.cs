namespace Fleet.Lab.Load;

/// <summary>Draws keys by their popularity; allocates nothing per draw.</summary>
internal sealed class KeyPicker
{
    private readonly int _keys;
    private readonly double[]? _cumulative;

    /// <summary>Prepares the draw.</summary>
    public KeyPicker(int keys, KeyPopularity popularity, double zipfExponent)
    {
        _keys = keys;
        if (popularity == KeyPopularity.Zipf)
        {
            _cumulative = new double[keys];
            double sum = 0;
            for (int rank = 0; rank < keys; rank++)
            {
                sum += Math.Pow(rank + 1, -zipfExponent);
                _cumulative[rank] = sum;
            }
        }
    }

    /// <summary>The key at quantile <paramref name="u"/>, 0 (inclusive) to 1 (exclusive); Zipf's most popular key is 0.</summary>
    public int Pick(double u)
    {
        if (_cumulative is null)
        {
            return Math.Min((int)(u * _keys), _keys - 1);
        }

        int at = Array.BinarySearch(_cumulative, u * _cumulative[^1]);
        return Math.Min(at >= 0 ? at + 1 : ~at, _keys - 1);
    }
}
