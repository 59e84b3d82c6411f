namespace MaskGen.ML.Results;

/// <summary>A page per image, and one that lists them when there are several.</summary>
internal sealed class PageFormat : ResultFormat
{
    private static readonly ImageFile Page = new(ResultKind.Page, ".html");

    public override string Name => "html";

    public override string Description => "a page per image, <image>.html, and a list of them, index.html";

    public override bool NeedsImage => true;

    public override bool ShowsSmaller => true;

    public override ImageFile FileOfImage => Page;

    public override RunFile? FileOfRun(ResultNames names, int imageCount) => imageCount > 1 ? List(names) : null;

    public override ResultWriter Begin(ResultRun run) => new PageWriter(run);

    private static RunFile List(ResultNames names) => new(ResultKind.PageList, names.NameOf("index", ".html"));

    private sealed class PageWriter(ResultRun run) : ResultWriter
    {
        private readonly HashSet<string> _known = new(StringComparer.Ordinal);
        private readonly List<string> _pages = [];

        private bool HasList => run.ImageCount > 1;

        public override IReadOnlyList<string> Write(ResultImage image)
        {
            var path = run.Claim(Page, image.Path);
            var options = new HtmlReportOptions
            {
                Model = image.Origin.Model,
                IndexAddress = HasList ? AddressOfList(image.Path) : null,
                ShowsCandidatesApart = run.Overlay.ShowsCandidatesApart,
                AreAskedFor = run.Overlay.AreAskedFor,
            };
            var stamp = ResultStamp.Of(ResultKind.Page, image.Origin);
            HtmlReport.Save(path, image.Origin.ImageName, image.Image, image.Masks, options, stamp);
            AddPage(path);
            return [path];
        }

        public override void Add(string path, MaskSet? masks) => AddPage(run.Names.PathOf(path, Page.Ending));

        public override bool IsDone(string path, ResultOrigin origin, ref MaskSet? masks)
        {
            var page = run.Names.PathOf(path, Page.Ending);
            return HtmlReportSummary.Read(page).Stamp is { } stamp
                && stamp.IsSameWork(ResultStamp.Of(ResultKind.Page, origin))
                && HtmlEnd.IsWhole(page);
        }

        public override string? Complete()
        {
            if (!HasList)
            {
                return null;
            }

            var list = run.Claim(List(run.Names));
            HtmlReportIndex.Save(list, run.Title, _pages, run.Failures, new ResultStamp(ResultKind.PageList) { Mode = run.Names.Mode });
            return list;
        }

        // From the folder of the page, which may lie below that of the run.
        private string AddressOfList(string path) =>
            string.Concat(Enumerable.Repeat("../", path.Count(character => character == '/'))) + List(run.Names).Name;

        // At once, not when every file of the image is written: a page that is there is listed.
        private void AddPage(string path)
        {
            if (_known.Add(path))
            {
                _pages.Add(path);
            }
        }
    }
}
