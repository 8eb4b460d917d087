using System.Collections.Immutable;
using Fleet.Core.Knobs;

namespace Fleet.Core.Models;

/// <summary>
/// Maps settings to the unit cube that the kernel measures distances in. A number takes one coordinate (linear, or logarithmic where
/// "off" gets a coordinate of its own); a name takes one coordinate per value, so that any two names are equally far; the kernel
/// default is
/// a coordinate of its own, because it is a policy and no point on the axes.
/// </summary>
internal sealed class InputSpace
{
    private static readonly double OneHot = Math.Sqrt(0.5);
    private readonly double[][][] _coordinates;
    private readonly int[] _firstDimension;

    /// <summary>Tabulates the coordinates of every legal value of every knob.</summary>
    public InputSpace(KnobSpace space)
    {
        Space = space;
        Roles = [.. space.Knobs.Select(KnobRoles.Of)];
        _coordinates = new double[space.Knobs.Length][][];
        _firstDimension = new int[space.Knobs.Length];
        var groups = new List<int>();
        int group = 0;
        for (int k = 0; k < space.Knobs.Length; k++)
        {
            _firstDimension[k] = groups.Count;
            _coordinates[k] = Tabulate(space.Knobs[k], out bool hasOff);
            int width = _coordinates[k][0].Length;
            groups.AddRange(Enumerable.Repeat(group++, hasOff ? width - 1 : width));
            if (hasOff)
            {
                groups.Add(group++);
            }
        }

        groups.Add(group);
        Groups = [.. groups];
        DelayUnits = [.. space.Knobs.Select(k => KnobRoles.MicrosecondsPerUnit(k.Name) ?? 0)];
    }

    /// <summary>The knobs.</summary>
    public KnobSpace Space { get; }

    /// <summary>What is known of each knob beforehand, in the order of the space.</summary>
    public ImmutableArray<KnobRole> Roles { get; }

    /// <summary>For each coordinate, the number of the length scale that it shares; the last is the default's.</summary>
    public ImmutableArray<int> Groups { get; }

    /// <summary>Length scales.</summary>
    public int GroupCount => Groups[^1] + 1;

    /// <summary>Coordinates of a setting.</summary>
    public int Dimensions => Groups.Length;

    private ImmutableArray<double> DelayUnits { get; }

    /// <summary>
    /// Index of each knob's value among its legal values, nearest when the host rounded; null for the default or a foreign setting.
    /// </summary>
    public int[]? IndicesOf(Setting setting)
    {
        if (setting.IsDefault)
        {
            return null;
        }

        var indices = new int[Space.Knobs.Length];
        for (int k = 0; k < indices.Length; k++)
        {
            if (!setting.Values.TryGetValue(Space.Knobs[k].Name, out long value))
            {
                return null;
            }

            indices[k] = Nearest(Space.Knobs[k].LegalValues, value);
        }

        return indices;
    }

    /// <summary>Indices of the cell's values among the knobs' legal values.</summary>
    public void IndicesOf(long cell, Span<int> indices)
    {
        for (int k = indices.Length - 1; k >= 0; k--)
        {
            int legal = Space.Knobs[k].LegalValues.Length;
            indices[k] = (int)(cell % legal);
            cell /= legal;
        }
    }

    /// <summary>Writes the coordinates; empty indices mean the default.</summary>
    public void Encode(ReadOnlySpan<int> indices, Span<double> x)
    {
        if (indices.IsEmpty)
        {
            x.Fill(0.5);
            x[^1] = 1;
            return;
        }

        for (int k = 0; k < indices.Length; k++)
        {
            _coordinates[k][indices[k]].CopyTo(x[_firstDimension[k]..]);
        }

        x[^1] = 0;
    }

    /// <summary>Microseconds that the setting's delays hold a request back.</summary>
    public double DelayUs(ReadOnlySpan<int> indices)
    {
        double delayUs = 0;
        for (int k = 0; k < indices.Length; k++)
        {
            if (Roles[k] == KnobRole.Delay)
            {
                delayUs += Space.Knobs[k].LegalValues[indices[k]] * DelayUnits[k];
            }
        }

        return delayUs;
    }

    /// <summary>First coordinate of a knob.</summary>
    public int DimensionOf(int knob) => _firstDimension[knob];

    private static int Nearest(ImmutableArray<long> legal, long value)
    {
        int at = legal.BinarySearch(value);
        if (at >= 0)
        {
            return at;
        }

        at = ~at;
        return at == legal.Length || (at > 0 && value - legal[at - 1] <= legal[at] - value) ? at - 1 : at;
    }

    private static double[][] Tabulate(Knob knob, out bool hasOff)
    {
        ImmutableArray<long> values = knob.LegalValues;
        hasOff = knob.Scale == KnobScale.Log && values[0] <= 0 && values.Length > 2;
        if (knob.Scale == KnobScale.Enum && values.Length > 2)
        {
            return [.. values.Select((_, i) => values.Select((_, j) => i == j ? OneHot : 0).ToArray())];
        }

        if (values.Length == 2)
        {
            return [[0.0], [1.0]];
        }

        if (knob.Scale != KnobScale.Log)
        {
            double low = values[0];
            double range = Math.Max(1, values[^1] - low);
            return [.. values.Select(v => new[] { values.Length == 1 ? 0.5 : (v - low) / range })];
        }

        double first = Math.Log(values.FirstOrDefault(v => v > 0, 1));
        double span = Math.Max(1e-9, Math.Log(Math.Max(1, values[^1])) - first);
        bool off = hasOff;
        return [.. values.Select(v => v > 0 ? Point((Math.Log(v) - first) / span, 0) : Point(0, 1))];

        double[] Point(double u, double isOff) => off ? [u, isOff] : [u];
    }
}
