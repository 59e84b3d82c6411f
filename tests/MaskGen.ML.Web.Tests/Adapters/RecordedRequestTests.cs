using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using MaskGen.ML.Web.Tests.Page;

namespace MaskGen.ML.Web.Tests.Adapters;

/// <summary>Other programs' requests, written from their sources; file and commit stand beside each.</summary>
public sealed class RecordedRequestTests(RecordedRequestTests.Fixture fixture) : IClassFixture<RecordedRequestTests.Fixture>
{
    // The context: HumanSignal/label-studio-ml-backend 18269ac, label_studio_ml/examples/segment_anything_2_image/model.py, predict.
    // The members beside it: HumanSignal/label-studio 0f1d1f0, label_studio/ml/api_connector.py, make_predictions.
    private const string LabelStudioClick = """
        {"tasks":[{"id":7,"data":{"image":"ADDRESS"}}],"model_version":"INITIAL","project":"3.1700000000",
         "label_config":"<View><Image name='img' value='$image'/><TAG name='tag' toName='img'><Label value='Mug'/></TAG></View>",
         "params":{"login":null,"password":null,"context":{"result":[
           {"original_width":960,"original_height":640,"image_rotation":0,"is_positive":1,"type":"keypointlabels",
            "from_name":"kp","to_name":"img",
            "value":{"x":26.041666667,"y":46.875,"width":0.3,"keypointlabels":["Mug"]}}]}}}
        """;

    // CVHub520/X-AnyLabeling 0f38687, anylabeling/services/auto_labeling/remote_server.py, predict_shapes; marks as in
    // CVHub520/X-AnyLabeling-Server 1a7814f, app/models/segment_anything_3.py, _predict_with_boxes.
    private const string AnyLabelingClick = """
        {"model":"maskgen","image":"data:image/png;base64,IMAGE",
         "params":{"conf_threshold":0.0,"iou_threshold":0.0,"epsilon_factor":0.001,"marks":[{"type":"point","data":[250,300],"label":1}]}}
        """;

    // cvat-ai/cvat 024777e, cvat/apps/lambda_manager/views.py, LambdaFunction.invoke, kind INTERACTOR.
    private const string CvatClick = """{"image":"IMAGE","pos_points":[[250,300]],"neg_points":[],"obj_bbox":null}""";

    private TestServer Server => fixture.Server;

    private static string Image => Convert.ToBase64String(File.ReadAllBytes(SampleImages.PathOf(SampleImages.StillLife)));

    [Fact]
    public async Task LabelStudio_ClickWithABrush_GetsTheMaskInItsOwnRunLengths()
    {
        var answer = await PostAsync("predict", Click("BrushLabels", "/data/local-files/?d=photos/still-life.png"));

        var region = answer["results"]![0]!["result"]![0]!;
        Assert.Equal(("brushlabels", "tag", "img"), ((string)region["type"]!, (string)region["from_name"]!, (string)region["to_name"]!));
        Assert.Equal("Mug", (string)region["value"]!["brushlabels"]![0]!);
        using var direct = new DirectMasks();
        Assert.Equal(
            MaskGen.ML.Results.BrushRuns.Encode(direct.Three(SampleImages.Mug)[0]),
            region["value"]!["rle"]!.AsArray().Select(number => (byte)(int)number!));
    }

    [Fact]
    public async Task LabelStudio_ClickWithPolygons_GetsThemInPercent()
    {
        var answer = await PostAsync("predict", Click("PolygonLabels", "still-life.png"));

        var region = answer["results"]![0]!["result"]![0]!;
        Assert.Equal("polygonlabels", (string)region["type"]!);
        var corners = region["value"]!["points"]!.AsArray();
        Assert.True(corners.Count > 3);
        Assert.All(corners, corner => Assert.InRange((double)corner![0]!, 0, 100));
    }

    [Fact]
    public async Task LabelStudio_SetUpWebhookAndHealth_AreAnsweredAsExpected()
    {
        // HumanSignal/label-studio 0f1d1f0, label_studio/ml/api_connector.py, setup.
        var setUp = await PostAsync(
            "setup", """{"project":"3.17","schema":"<View/>","hostname":"http://localhost:8080","access_token":"secret"}""");
        Assert.Equal("nano", (string)setUp["model_version"]!);

        // HumanSignal/label-studio-ml-backend 0009420, label_studio_ml/api.py, webhook.
        var webhook = await SendAsync("webhook", """{"action":"ANNOTATION_CREATED","project":{"id":3}}""");
        Assert.Equal(HttpStatusCode.Created, webhook.StatusCode);

        // Until the model is loaded, the server is not up.
        await Server.Get<ServedModel>().GetAsync(TestServer.Cancellation);
        Assert.Equal("UP", (string)(await Server.GetAsync("health"))["status"]!);
        var idle = await PostAsync(
            "predict", """{"tasks":[{"id":1,"data":{"image":"x"}}],"label_config":"<View/>","params":{"context":null}}""");
        Assert.Empty(idle["results"]!.AsArray());
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("http://evil.example/still-life.png")]
    [InlineData("file:///etc/passwd")]
    [InlineData("//evil.example/x.png")]
    public async Task LabelStudio_ImageOfAnotherHost_IsNotFetched(string address)
    {
        await using var server = await TestServer.StartAsync((options, _) =>
        {
            options.Adapters.Add("label-studio");
            options.LabelStudioHost = new Uri("http://localhost:8080");
        });

        var response = await server.Client.PostAsync(
            "predict", new StringContent(Click("BrushLabels", address), Encoding.UTF8, "application/json"), TestServer.Cancellation);

        await TestServer.AssertProblemAsync(response, 403, "forbidden");
    }

    [Fact]
    public async Task LabelStudio_ImageOfTheNamedHost_IsFetchedFromThere()
    {
        // The other server stands for Label Studio: it, too, serves the image to whoever shows a token.
        await using var server = await TestServer.StartAsync((options, _) =>
        {
            options.Adapters.Add("label-studio");
            options.LabelStudioHost = Server.Address;
        });
        var response = await server.Client.PostAsync(
            "predict",
            new StringContent(Click("BrushLabels", "/shared/masks.js"), Encoding.UTF8, "application/json"),
            TestServer.Cancellation);

        // Fetched, and found to be no image.
        await TestServer.AssertProblemAsync(response, 422, "unreadable");
    }

    [Fact]
    public async Task LabelStudio_ConfigurationWithEntities_IsRefused()
    {
        var body = new JsonObject
        {
            ["tasks"] = new JsonArray(new JsonObject { ["data"] = new JsonObject { ["image"] = "still-life.png" } }),
            ["label_config"] = "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><View>&e;</View>",
            ["params"] = JsonNode.Parse(LabelStudioClick)!["params"]!.DeepClone(),
        };

        await TestServer.AssertProblemAsync(await SendAsync("predict", body.ToJsonString()), 400, "bad-request");
    }

    [Fact]
    public async Task AnyLabeling_Click_GetsAClosedPolygonInPixels()
    {
        var answer = await PostAsync("v1/predict", AnyLabelingClick.Replace("IMAGE", Image, StringComparison.Ordinal));

        Assert.True((bool)answer["success"]!);
        var shape = answer["data"]!["shapes"]![0]!;
        Assert.Equal(("AUTOLABEL_OBJECT", "polygon"), ((string)shape["label"]!, (string)shape["shape_type"]!));
        var corners = shape["points"]!.AsArray();
        Assert.Equal(corners[0]!.ToJsonString(), corners[^1]!.ToJsonString());
        Assert.Contains(corners, corner => (double)corner![0]! > 100);
    }

    [Fact]
    public async Task AnyLabeling_ModelsAndErrors_AreOfItsForm()
    {
        using var client = Server.NewClient();

        // CVHub520/X-AnyLabeling 0f38687, remote_server.py: the key is in a header named Token.
        client.DefaultRequestHeaders.Add("Token", TestServer.Token);
        var models = await TestServer.JsonAsync(await client.GetAsync("v1/models", TestServer.Cancellation));
        Assert.NotEmpty(models["data"]!["maskgen"]!["widgets"]!.AsArray());
        Assert.True((bool)(await Server.GetAsync("v1/models/maskgen/info"))["success"]!);
        Assert.Equal("MODEL_NOT_FOUND", (string)(await Server.GetAsync("v1/models/x/info"))["error"]!["code"]!);
        var broken = await PostAsync("v1/predict", AnyLabelingClick.Replace("IMAGE", "AAAA", StringComparison.Ordinal));
        Assert.Equal("INVALID_IMAGE", (string)broken["error"]!["code"]!);
    }

    [Fact]
    public async Task Cvat_Click_GetsRowsOfTheMask()
    {
        var answer = await PostAsync("cvat", CvatClick.Replace("IMAGE", Image, StringComparison.Ordinal));

        var rows = answer["mask"]!.AsArray();
        using var direct = new DirectMasks();
        var expected = direct.Three(SampleImages.Mug)[0];
        Assert.Equal((640, 960), (rows.Count, rows[0]!.AsArray().Count));
        Assert.Equal(expected.ToMask(), rows.SelectMany(row => row!.AsArray()).Select(pixel => (int)pixel! == 1));
    }

    [Fact]
    public async Task Adapters_NotAskedFor_AreNotThere()
    {
        await using var server = await TestServer.StartAsync();

        foreach (var address in new[] { "predict", "setup", "webhook", "v1/predict", "cvat" })
        {
            var response = await server.Client.PostAsync(
                address, new StringContent("{}", Encoding.UTF8, "application/json"), TestServer.Cancellation);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }
    }

    [Theory]
    [InlineData("predict")]
    [InlineData("v1/predict")]
    [InlineData("cvat")]
    public async Task Adapter_WithoutTheToken_IsClosed(string address)
    {
        using var client = Server.NewClient();

        var response = await client.PostAsync(
            address, new StringContent("{}", Encoding.UTF8, "application/json"), TestServer.Cancellation);

        await TestServer.AssertProblemAsync(response, 401, "unauthorized");
    }

    private static string Click(string tag, string address) =>
        LabelStudioClick.Replace("TAG", tag, StringComparison.Ordinal).Replace("ADDRESS", address, StringComparison.Ordinal);

    private async Task<JsonNode> PostAsync(string address, string json)
    {
        var response = await SendAsync(address, json);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(TestServer.Cancellation));
        return await TestServer.JsonAsync(response);
    }

    // As Label Studio does it: the token as a password, under whatever name the server has in its network.
    private async Task<HttpResponseMessage> SendAsync(string address, string json)
    {
        using var client = Server.NewClient();
        var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
            Headers = { Host = "host.docker.internal:7860" },
        };
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("maskgen:" + TestServer.Token)));
        return await client.SendAsync(request, TestServer.Cancellation);
    }

    public sealed class Fixture : IAsyncLifetime
    {
        public TestServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await TestServer.StartAsync((options, _) =>
        {
            foreach (var adapter in WebAdapterNames.All)
            {
                options.Adapters.Add(adapter);
            }
        });

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
