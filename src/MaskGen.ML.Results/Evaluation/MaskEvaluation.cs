namespace MaskGen.ML.Results;

/// <summary>Compares the masks of images with the true objects: recall by the best mask of each object, and average precision by predicted
/// IoU, or by the score of whoever found them. Not safe for concurrent use.</summary>
/// <remarks>Average precision is that of COCO, without classes, for objects of all sizes and without a limit on masks per image. Source:
/// pycocotools/cocoeval.py (matching in evaluateImg, the 101 points of recall in accumulate). docs/evaluate.md says it in full.</remarks>
internal sealed class MaskEvaluation
{
    private const int RecallPoints = 101;

    private readonly Ranking _byPredictedIou = new();
    private readonly Ranking _byScore = new();
    private readonly List<double> _bestIous = [];
    private long _masks;
    private int _images;

    /// <summary>IoU thresholds, 0.5 to 0.95 in steps of 0.05.</summary>
    public static IReadOnlyList<double> Thresholds { get; } = [.. Enumerable.Range(0, 10).Select(step => 0.5 + (0.05 * step))];

    /// <summary>Adds an image.</summary>
    /// <param name="found">The masks that were found.</param>
    /// <param name="objects">The true objects.</param>
    /// <param name="crowds">Crowds of objects that are not annotated one by one: what lies in them counts neither as right nor as
    /// wrong.</param>
    /// <returns>The best IoU of each object with any mask.</returns>
    /// <exception cref="ArgumentException">The sets belong to images of different sizes.</exception>
    public IReadOnlyList<double> Add(MaskSet found, MaskSet objects, MaskSet crowds)
    {
        var ious = MaskOverlap.IouMatrix(found, objects);
        var best = new double[objects.Count];
        for (var truth = 0; truth < objects.Count; truth++)
        {
            for (var mask = 0; mask < found.Count; mask++)
            {
                best[truth] = Math.Max(best[truth], ious[mask, truth]);
            }
        }

        var inCrowds = InCrowds(found, crowds);
        _byPredictedIou.Add([.. found.Select(mask => (double)mask.PredictedIou)], ious, inCrowds);
        _byScore.Add([.. found.Select(mask => mask.PromptScore ?? double.NaN)], ious, inCrowds);
        _bestIous.AddRange(best);
        _masks += found.Count;
        _images++;
        return best;
    }

    /// <summary>The measures over all images so far.</summary>
    public MaskEvaluationResult Result()
    {
        MaskScoreKind? kind = _byPredictedIou.IsComplete ? MaskScoreKind.PredictedIou
            : _byScore.IsComplete ? MaskScoreKind.Score
            : null;
        Detection[]? ordered = kind is null ? null : [.. (kind == MaskScoreKind.Score ? _byScore : _byPredictedIou).Ordered];
        var precisions = Thresholds.Select((_, index) => ordered is null ? double.NaN : AveragePrecision(ordered, index)).ToArray();
        return new MaskEvaluationResult
        {
            ImageCount = _images,
            ObjectCount = _bestIous.Count,
            MasksPerImage = _images == 0 ? double.NaN : _masks / (double)_images,
            MeanBestIou = _bestIous.Count == 0 ? double.NaN : _bestIous.Average(),
            RecallAt50 = Recall(0.5),
            RecallAt80 = Recall(0.8),
            MeanRecall = Thresholds.Average(Recall),
            OrderedBy = kind,
            MaskCount = _masks,
            WithoutPredictedIou = _byPredictedIou.Missing,
            WithoutScore = _byScore.Missing,
            AveragePrecision = precisions.Average(),
            AveragePrecisionAt50 = precisions[0],
            AveragePrecisionAt75 = precisions[5],
        };
    }

    private static double[,] InCrowds(MaskSet found, MaskSet crowds)
    {
        // Of a crowd the fraction of the mask counts: it may be one of many.
        var fractions = new double[found.Count, crowds.Count];
        for (var mask = 0; mask < found.Count; mask++)
        {
            for (var crowd = 0; crowd < crowds.Count; crowd++)
            {
                var area = found[mask].Area;
                fractions[mask, crowd] = area == 0
                    ? 0
                    : MaskOverlap.IntersectionArea(found[mask].Segmentation, crowds[crowd].Segmentation) / (double)area;
            }
        }

        return fractions;
    }

    // A tolerance for thresholds such as 0.8, which no sum of steps meets to the last bit.
    private double Recall(double threshold) => _bestIous.Count == 0
        ? double.NaN
        : _bestIous.Count(iou => iou >= threshold - 1e-9) / (double)_bestIous.Count;

    // The object that a mask overlaps most among those that are left; of equal ones the last.
    private static int? Match(double[,] ious, int mask, bool[] isTaken, double threshold)
    {
        var (best, match) = (Math.Min(threshold, 1 - 1e-10), (int?)null);
        for (var truth = 0; truth < isTaken.Length; truth++)
        {
            if (!isTaken[truth] && ious[mask, truth] >= best)
            {
                (best, match) = (ious[mask, truth], truth);
            }
        }

        return match;
    }

    // The precision at 101 points of recall, each the best at that recall or a higher one, and their mean.
    private double AveragePrecision(Detection[] ordered, int level)
    {
        if (_bestIous.Count == 0)
        {
            return double.NaN;
        }

        var (right, wrong) = (0, 0);
        var (recalls, precisions) = (new List<double>(), new List<double>());
        foreach (var (_, matched, ignored) in ordered)
        {
            if ((ignored >> level & 1) != 0)
            {
                continue;
            }

            if ((matched >> level & 1) != 0)
            {
                right++;
            }
            else
            {
                wrong++;
            }

            recalls.Add(right / (double)_bestIous.Count);
            precisions.Add(right / (double)(right + wrong));
        }

        for (var i = precisions.Count - 2; i >= 0; i--)
        {
            precisions[i] = Math.Max(precisions[i], precisions[i + 1]);
        }

        var (sum, at) = (0.0, 0);
        for (var point = 0; point < RecallPoints; point++)
        {
            while (at < recalls.Count && recalls[at] < point / (double)(RecallPoints - 1))
            {
                at++;
            }

            sum += at < precisions.Count ? precisions[at] : 0;
        }

        return sum / RecallPoints;
    }

    /// <summary>A mask: its score, and the levels of IoU at which it is right, or counts neither way.</summary>
    private readonly record struct Detection(double Score, ushort Matched, ushort Ignored);

    /// <summary>The masks of all images as they are matched in the order of one kind of score; nothing as soon as a mask has none, since
    /// there is no order then.</summary>
    private sealed class Ranking
    {
        private List<Detection> _detections = [];

        public bool IsComplete => Missing == 0;

        public long Missing { get; private set; }

        // The order is stable: of equal scores the earlier mask first.
        public IEnumerable<Detection> Ordered => _detections.OrderByDescending(detection => detection.Score);

        public void Add(double[] scores, double[,] ious, double[,] inCrowds)
        {
            Missing += scores.LongCount(double.IsNaN);
            if (!IsComplete)
            {
                _detections = [];
                return;
            }

            int[] order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(index => scores[index])];
            var (matched, ignored) = (new ushort[scores.Length], new ushort[scores.Length]);
            for (var level = 0; level < Thresholds.Count; level++)
            {
                var isTaken = new bool[ious.GetLength(1)];
                foreach (var mask in order)
                {
                    if (Match(ious, mask, isTaken, Thresholds[level]) is { } truth)
                    {
                        isTaken[truth] = true;
                        matched[mask] |= (ushort)(1 << level);
                    }
                    else if (Enumerable.Range(0, inCrowds.GetLength(1)).Any(crowd => inCrowds[mask, crowd] >= Thresholds[level]))
                    {
                        ignored[mask] |= (ushort)(1 << level);
                    }
                }
            }

            _detections.AddRange(order.Select(mask => new Detection(scores[mask], matched[mask], ignored[mask])));
        }
    }
}
