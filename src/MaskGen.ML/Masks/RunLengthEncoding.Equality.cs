using MaskGen.ML.Masks;

namespace MaskGen.ML;

/// <content>Equality by size and pixels.</content>
public sealed partial class RunLengthEncoding : IEquatable<RunLengthEncoding>
{
    // Enough to tell masks of one image apart; a hash need not look at every run.
    private const int HashedRuns = 8;

    /// <summary>Whether two masks have the same size and the same pixels.</summary>
    public static bool operator ==(RunLengthEncoding? left, RunLengthEncoding? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether two masks differ in size or in a pixel.</summary>
    public static bool operator !=(RunLengthEncoding? left, RunLengthEncoding? right) => !(left == right);

    /// <summary>Whether another mask has the same size and the same pixels, however its runs are split.</summary>
    /// <param name="other">The other mask.</param>
    public bool Equals(RunLengthEncoding? other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        if (other is null || Size != other.Size || Area != other.Area)
        {
            return false;
        }

        var mine = new SetRunReader(this);
        var theirs = new SetRunReader(other);
        while (mine.MoveNext())
        {
            if (!theirs.MoveNext() || mine.Start != theirs.Start || mine.End != theirs.End)
            {
                return false;
            }
        }

        // Equal areas leave no further run to the other.
        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RunLengthEncoding);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Size);
        hash.Add(Area);
        var runs = new SetRunReader(this);
        for (var i = 0; i < HashedRuns && runs.MoveNext(); i++)
        {
            hash.Add(runs.Start);
            hash.Add(runs.End);
        }

        return hash.ToHashCode();
    }
}
